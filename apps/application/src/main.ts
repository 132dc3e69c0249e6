import { publicRoutes } from '@gala/contracts'
import { run } from '@gala/runtime'
import { applicationConfig } from './application.config.js'
import { ApplicationModule } from './application.module.js'

await run({
  app: 'application',
  config: applicationConfig,
  routes: publicRoutes,
  module: ApplicationModule.forRoot,
})
