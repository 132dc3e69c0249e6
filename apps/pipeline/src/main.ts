import { run } from '@gala/runtime'
import { batchRoutes } from './batch/batch-routes.js'
import { pipelineConfig } from './pipeline.config.js'
import { PipelineModule } from './pipeline.module.js'

await run({
  app: 'pipeline',
  config: pipelineConfig,
  routes: [],
  module: PipelineModule.forRoot,
  register: batchRoutes,
})
