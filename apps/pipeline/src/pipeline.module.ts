import { type DynamicModule, Module } from '@nestjs/common'
import type { PipelineContext } from './pipeline.config.js'

/** From lines that were written to figures that can be asked for. Each folder beside this file is one leg of that way. */
@Module({})
export class PipelineModule {
  static forRoot(_context: PipelineContext): DynamicModule {
    return { module: PipelineModule }
  }
}
