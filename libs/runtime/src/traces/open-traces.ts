import type { ChangeBus } from '@gala/bus'
import { parseStored } from '@gala/contracts'
import { Spool } from '@gala/eventlog'
import type { EndedSpan } from '@gala/kernel'
import { z } from 'zod'
import type { AppContext } from '../context.js'
import { collected, gauged } from '../metrics.js'
import { OtlpExport } from './otlp.js'
import { spanLine } from './span-line.js'
import { type KeptReason, keptReasons, TailSampler } from './tail-sampler.js'
import type { traceConfig } from './trace-config.js'
import { Traces } from './traces.js'

/** Key of the messages by which processes tell each other which traces are kept. */
const keptKey = 'traces'
const tellEveryMs = 1_000

const keptSchema = z.object({
  dc: z.string().max(32),
  kept: z.array(z.tuple([z.string().regex(/^[0-9a-f]{32}$/), z.enum(keptReasons)])).max(1_000),
})

export interface TraceWays {
  bus: Pick<ChangeBus, 'push' | 'onPush'>
  /** Ways to the other data centres, where a process has them: it passes on what its own data centre keeps. */
  others?: readonly Pick<ChangeBus, 'push'>[]
  /** Whether whoever has asked this app decides what is kept of its trace. */
  decidedByAsker?: boolean
}

/** What an app traces, kept as lines of the spool and told to a collector; `context.traces` stays undefined when nothing is traced. */
export function openTraces(context: AppContext<typeof traceConfig>, ways: TraceWays): void {
  const { app: service, clock, config, log } = context
  const { GALA_DC: dc, GALA_INSTANCE: instance, GALA_TRACE_ONE_IN: oneIn, GALA_OTLP_URL: otlpUrl } = config
  if (oneIn === 0) return
  const place = { service, instance, dc }
  const spool = config.GALA_SPOOL_DIR
    ? new Spool({
        dir: config.GALA_SPOOL_DIR,
        topic: 'spans',
        writer: instance,
        clock,
        onError: (err) => log.warn({ err }, 'spans could not be written down'),
      })
    : undefined
  const otlp = otlpUrl === undefined ? undefined : new OtlpExport(otlpUrl, place, clock)
  const tail = new TailSampler<EndedSpan>({
    clock,
    oneIn,
    write: (spans, why) => {
      for (const span of spans) spool?.append(spanLine(span, place, why))
      otlp?.add(spans)
    },
  })
  const lost = { hints: 0 }
  const stop = tell(tail, ways, dc, () => lost.hints++, clock)
  const onClose = () => {
    stop()
    return Promise.allSettled([spool?.close(), otlp?.close()])
  }
  const decidedByAsker = ways.decidedByAsker ?? false
  const traces = new Traces({ clock, tail, forceKey: config.GALA_TRACE_KEY, decidedByAsker, onClose })
  context.traces = traces
  signals(context, { traces, tail, spool, otlp, lost })
}

/** Tells what is kept once a second, and hears what others keep. A message that is lost leaves a trace with a part missing. */
function tell(
  tail: TailSampler<EndedSpan>,
  { bus, others = [] }: TraceWays,
  dc: string,
  onLost: () => void,
  clock: AppContext['clock'],
): () => void {
  bus.onPush(({ key, raw }) => {
    const told = key === keptKey ? parseStored(keptSchema, raw) : undefined
    if (!told) return
    for (const [traceId, why] of told.kept) tail.hear(traceId, why)
    if (told.dc === dc) for (const other of others) other.push({ key, raw }).catch(onLost)
  })
  return clock.every(tellEveryMs, () => {
    tail.expire()
    const kept: [string, KeptReason][] = [...tail.toTell()]
    if (kept.length > 0) bus.push({ key: keptKey, raw: JSON.stringify({ dc, kept }) }).catch(onLost)
  })
}

interface Parts {
  traces: Traces
  tail: TailSampler<EndedSpan>
  spool: Spool | undefined
  otlp: OtlpExport | undefined
  lost: { hints: number }
}

function signals({ metrics }: AppContext, { traces, tail, spool, otlp, lost }: Parts) {
  collected(metrics, 'gala_traces_kept_total', 'Traces decided on here that are kept', ['why'], function* () {
    for (const why of keptReasons) yield [{ why }, tail.kept[why]]
  })
  const count = (name: string, help: string, read: () => number) =>
    collected(metrics, name, help, [], () => [[{}, read()]])
  count('gala_traces_left_out_total', 'Traces with a reason to be kept that were too many', () => tail.leftOut)
  count(
    'gala_traces_forged_total',
    'Requests with a token to force their trace that was not valid',
    () => traces.forged,
  )
  count('gala_traces_untold_total', 'Kept traces other processes were not told of', () => tail.untold + lost.hints)
  gauged(metrics, 'gala_trace_spans_held', 'Spans of traces nobody has decided on yet', () => tail.held.size)
  const dropped = 'Spans lost before anybody could see them'
  collected(metrics, 'gala_trace_spans_dropped_total', dropped, ['where'], () => [
    [{ where: 'memory' }, tail.held.dropped],
    [{ where: 'spool' }, spool?.dropped ?? 0],
    [{ where: 'collector' }, otlp?.dropped ?? 0],
  ])
}
