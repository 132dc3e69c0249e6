import { publicRoutes } from '@gala/contracts'
import { run } from '@gala/runtime'
import { accessConfig, doorOf } from './access.config.js'
import { AccessModule, WARM_PATHS } from './access.module.js'
import { registerRoutes } from './routes.js'

await run({
  app: 'access',
  config: accessConfig,
  routes: publicRoutes,
  shedding: doorOf,
  module: AccessModule.forRoot,
  register: registerRoutes,
  warmPaths: (nest) => nest.get<() => Promise<readonly string[]>>(WARM_PATHS)(),
})
