import type { Span, WholeTrace } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Loader, Stack, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { Copied } from '../copied.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { SpanFacts } from './span-facts.js'
import { keptLook, spanRows, usWords, wholeUs } from './trace-tree.js'
import { Waterfall } from './waterfall.js'

const everyMs = 2_000
/** Spans of one trace come from several processes, each when it gets round to it; after this time none is left out. */
const completeAfterMs = 60_000

/** One trace, as far as it has come. Asked for until nothing more of it is expected. */
export function TraceView({ id }: { id: string }) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal): Promise<WholeTrace> => {
      try {
        return (await api.pipeline.trace({ params: { id } }, { signal })).data
      } catch (error) {
        if (error instanceof GalaError && error.code === 'TRACE_NOT_FOUND')
          return { trace: id, spans: [], unanswered: [] }
        throw error
      }
    },
    [api, id],
  )
  const { value: trace, failure } = usePolled(ask, (held) => (held && complete(held) ? undefined : everyMs))
  const [picked, setPicked] = useState<string>()
  const rows = spanRows(trace?.spans ?? [])
  const [first] = rows
  return (
    <Stack gap="md">
      <a href="#traces" className="back">
        ← All traces
      </a>
      <div className="row">
        <Title order={1} size="h3">
          {first ? first.span.name : 'Trace'}
        </Title>
        <span className="spacer" />
        <Copied label="the trace’s id" text={id} testId="trace-id" />
      </div>
      {failure && (
        <Alert color="orange" role="alert" title="The trace cannot be read">
          {failure}
        </Alert>
      )}
      {trace && trace.unanswered.length > 0 && (
        <Alert color="orange" role="alert" title={`▲ ${trace.unanswered.join(' and ')} did not answer`}>
          Spans of it may be missing here.
        </Alert>
      )}
      {!trace && !failure && <Loader role="status" aria-label="Loading" />}
      {trace && !first && (
        <section className="panel empty" aria-label="Trace" data-testid="no-spans">
          <p className="plain">
            <b>○ Nothing of it is here yet.</b> Spans come a few seconds after the request; they are asked for until
            they do. Of what is answered in full and in time only a sample is kept.
          </p>
        </section>
      )}
      {trace && first && (
        <>
          <Head spans={trace.spans} first={first.span} />
          <div className="trace-body">
            <Waterfall rows={rows} allUs={wholeUs(trace.spans)} picked={picked} onPick={setPicked} />
            <SpanFacts row={rows.find(({ span }) => span.span === picked) ?? first} />
          </div>
        </>
      )}
    </Stack>
  )
}

const newestMs = (spans: readonly Span[]) =>
  Math.max(...spans.map(({ at, durationUs }) => Date.parse(at) + durationUs / 1_000))
const complete = ({ spans }: WholeTrace) => spans.length > 0 && Date.now() - newestMs(spans) > completeAfterMs

function Head({ spans, first }: { spans: readonly Span[]; first: Span }) {
  const failed = spans.filter(({ status }) => status === 'error').length
  const { shape, words, tone } = keptLook(first.kept)
  const dcs = [...new Set(spans.map(({ dc }) => dc))].sort()
  return (
    <p className="plain trace-head" data-testid="trace-head">
      <b className="toned" data-tone={tone}>
        {shape} {words}
      </b>
      <span>{dayAndTime(first.at)}</span>
      <span>
        {usWords(wholeUs(spans))} in {spans.length} spans, {dcs.join(' and ')}
      </span>
      {failed > 0 && <b className="alarm">▲ {failed} failed</b>}
      {first.event && <span>event {first.event}</span>}
    </p>
  )
}
