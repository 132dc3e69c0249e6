import { publicRoutes } from '@gala/contracts'
import { run } from '@gala/runtime'
import { applicationConfig } from './application.config.js'
import { ApplicationModule } from './application.module.js'
import { PARTS, type Parts } from './parts.js'

await run({
  app: 'application',
  config: applicationConfig,
  routes: publicRoutes,
  shedding: ({ GALA_SHEDDING }) => ({ on: GALA_SHEDDING === 'on', internal: true }),
  module: ApplicationModule.forRoot,
  warmPaths: (nest) => nest.get<Parts>(PARTS).warmPaths(),
})
