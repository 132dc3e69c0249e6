import { opsRoutes } from '@gala/contracts'
import { run } from '@gala/runtime'
import { baseConfig } from './base.config.js'
import { BaseModule } from './base.module.js'
import { serveConsole } from './console-site.js'

await run({
  app: 'base',
  config: baseConfig,
  routes: opsRoutes,
  module: BaseModule.forRoot,
  tokenKeys: (config) => config.GALA_TOKEN_KEYS.map(({ name, value }) => ({ kid: name, secret: value })),
  register: serveConsole,
})
