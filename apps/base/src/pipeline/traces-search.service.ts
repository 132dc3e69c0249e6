import {
  AppError,
  type opsApi,
  type RouteInput,
  type RouteReply,
  traceAnswerSchema,
  tracesAnswerSchema,
} from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { Pipelines } from './pipelines.js'

type Routes = typeof opsApi.pipeline

/** A trace has spans in every data centre its request has been to; each keeps its own. */
@Injectable()
export class TracesSearchService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly pipelines: Pipelines,
  ) {}

  async search(query: RouteInput<Routes['traces']>['query']): Promise<RouteReply<Routes['traces']>> {
    const { minutes, limit, ...wanted } = query
    const ask = { ...wanted, limit, fromMs: this.context.clock.nowMs() - minutes * 60_000 }
    const answers = await this.pipelines.all('/pipelinez/traces', tracesAnswerSchema, ask)
    const found = answers.flatMap(({ value }) => value?.items ?? [])
    const outermost = new Map<string, (typeof found)[number]>()
    for (const item of found.toSorted((a, b) => b.at.localeCompare(a.at))) {
      // The one that began first is the outermost; the others are parts of it elsewhere.
      const spans = item.spans + (outermost.get(item.trace)?.spans ?? 0)
      outermost.set(item.trace, { ...item, spans })
    }
    const items = [...outermost.values()].toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, limit)
    return { items, unanswered: answers.flatMap(({ dc, value }) => (value ? [] : [dc])) }
  }

  /** @throws AppError TRACE_NOT_FOUND. */
  async trace(id: string): Promise<RouteReply<Routes['trace']>> {
    const answers = await this.pipelines.all('/pipelinez/trace', traceAnswerSchema, { trace: id }, ['TRACE_NOT_FOUND'])
    const spans = answers.flatMap(({ value }) => value?.spans ?? [])
    if (spans.length === 0) throw new AppError('TRACE_NOT_FOUND', `nothing was kept of trace ${id}, or not yet`)
    const sorted = spans.toSorted((a, b) => a.at.localeCompare(b.at) || b.durationUs - a.durationUs)
    const beganMs = Date.parse(sorted[0]?.at ?? '')
    return {
      trace: id,
      spans: sorted.map((span) => ({ ...span, atUs: (Date.parse(span.at) - beganMs) * 1_000 })),
      unanswered: answers.flatMap(({ dc, answered }) => (answered ? [] : [dc])),
    }
  }
}
