import { publicRoutes } from '@gala/contracts'
import { run } from '@gala/runtime'
import { accessConfig, accessDoor } from './access.config.js'
import { AccessModule, WARM_PATHS } from './access.module.js'
import { registerRoutes } from './routes.js'

await run({
  app: 'access',
  ...accessDoor,
  config: accessConfig,
  routes: publicRoutes,
  module: AccessModule.forRoot,
  register: registerRoutes,
  warmPaths: (nest) => nest.get<() => Promise<readonly string[]>>(WARM_PATHS)(),
})
