import { type Features, publicApi, type RouteInput, switchKeys, tags } from '@gala/contracts'
import { Answer, APP_CONTEXT, ContractRoute, Input } from '@gala/runtime'
import { Controller, Inject } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'

const { read } = publicApi.features

@Controller()
export class FeaturesController {
  constructor(
    @Inject(PARTS) private readonly parts: Parts,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
  ) {}

  /** One answer for everybody, so nobody's part of an order is in it: whom an order names, the routes themselves tell. */
  @ContractRoute(read)
  read(@Input() _input: RouteInput<typeof read>) {
    const { clock, switches } = this.context
    // Position before value: an order that comes between makes the answer newer than it says, never older.
    const position = this.parts.obeyedPosition()
    const features = Object.fromEntries(switchKeys.map((key) => [key, switches.rung(key)])) as Features['features']
    const asOfMs = clock.nowMs()
    return new Answer<Features>(
      { features, asOf: new Date(asOfMs).toISOString() },
      { tags: [tags.control], source: 'miss', position, asOfMs, degraded: this.parts.missing() },
    )
  }
}
