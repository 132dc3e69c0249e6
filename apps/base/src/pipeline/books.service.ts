import { dcBooksSchema, type opsApi, type RouteReply } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { Pipelines } from './pipelines.js'

const minuteMs = 60_000

/** The books of all data centres: what was produced, and what became of it. */
@Injectable()
export class BooksService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly pipelines: Pipelines,
  ) {}

  async books(minutes: number): Promise<RouteReply<typeof opsApi.pipeline.books>> {
    const nowMs = this.context.clock.nowMs()
    const toMs = nowMs - (nowMs % minuteMs) + minuteMs
    const answers = await this.pipelines.all(
      `/pipelinez/books?from=${toMs - minutes * minuteMs}&to=${toMs}`,
      dcBooksSchema,
    )
    const items = answers.flatMap(({ dc, value }) => {
      const settledToMs = value?.watermark ? Date.parse(value.watermark) : 0
      return (value?.minutes ?? []).map(
        ({ minute, topic, produced, shipped, rolledUp, batch, lost, torn, duplicates }) => ({
          minute: new Date(minute).toISOString(),
          ...{ dc, topic, produced, shipped, rolled: rolledUp, landed: batch, lost, torn, duplicates },
          settled: minute + minuteMs <= settledToMs,
        }),
      )
    })
    items.sort((a, b) => b.minute.localeCompare(a.minute) || a.dc.localeCompare(b.dc) || b.topic.localeCompare(a.topic))
    return {
      asOf: new Date(nowMs).toISOString(),
      items,
      unanswered: answers.flatMap(({ dc, answered }) => (answered ? [] : [dc])),
    }
  }
}
