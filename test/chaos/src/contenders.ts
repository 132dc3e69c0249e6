import { GalaDeployment } from './gala-deployment.js'
import type { Contender } from './history.js'
import { bentocache, cacheable, cacheManager, RivalDeployment } from './rivals.js'

export const contenders: Record<string, Contender> = {
  gala: (world, database) => new GalaDeployment(world, database),
  'gala-one-dc': (world, database) => new GalaDeployment(world, database, 1),
  bentocache: (world, database) => new RivalDeployment(world, database, bentocache),
  cacheable: (world, database) => new RivalDeployment(world, database, cacheable),
  'cache-manager': (world, database) => new RivalDeployment(world, database, cacheManager),
}
