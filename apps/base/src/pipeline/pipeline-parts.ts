import type { Provider } from '@nestjs/common'
import { AudienceService } from './audience.service.js'
import { BooksService } from './books.service.js'
import { Pipelines } from './pipelines.js'
import { TracesSearchService } from './traces-search.service.js'
import { WallService } from './wall.service.js'

/** Everything about the pipeline that is made by the framework. */
export const pipelineProviders: Provider[] = [
  AudienceService,
  BooksService,
  Pipelines,
  TracesSearchService,
  WallService,
]
