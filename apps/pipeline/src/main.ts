import { run } from '@gala/runtime'
import { pipelineConfig } from './pipeline.config.js'
import { PipelineModule } from './pipeline.module.js'

await run({ app: 'pipeline', config: pipelineConfig, routes: [], module: PipelineModule.forRoot })
