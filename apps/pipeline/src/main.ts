import { run } from '@gala/runtime'
import { pipelineConfig } from './pipeline.config.js'
import { PipelineModule } from './pipeline.module.js'
import { pipelineRoutes } from './pipeline-routes.js'

await run({
  app: 'pipeline',
  config: pipelineConfig,
  routes: [],
  module: PipelineModule.forRoot,
  register: pipelineRoutes,
})
