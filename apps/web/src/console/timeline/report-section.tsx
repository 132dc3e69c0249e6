import type { EventReport } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Loader } from '@mantine/core'
import { useEffect, useState } from 'react'
import { download } from '../download.js'
import { reportHash } from '../report/report-hash.js'
import { useSession } from '../session.js'
import { ReportView } from './report-view.js'

type Answer = { report: EventReport } | { missing: true } | { failure: string }

/** The report of an event, as last put together; asked for when somebody looks, and again when they want. */
export function ReportSection({ id }: { id: string }) {
  const { api } = useSession()
  const [answer, setAnswer] = useState<Answer>()
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: being asked again is a reason to ask, not an input of it.
  useEffect(() => {
    const ended = new AbortController()
    api.timeline.report({ params: { id } }, { signal: ended.signal }).then(
      ({ data }) => setAnswer({ report: data }),
      (error: unknown) => {
        if (ended.signal.aborted) return
        const none = error instanceof GalaError && error.code === 'REPORT_NOT_FOUND'
        setAnswer(none ? { missing: true } : { failure: error instanceof GalaError ? error.message : String(error) })
      },
    )
    return () => ended.abort()
  }, [api, id, asked])
  const again = (
    <Button size="compact-sm" variant="default" data-testid="ask-report" onClick={() => setAsked((held) => held + 1)}>
      Ask again
    </Button>
  )
  if (!answer) return <Loader role="status" aria-label="Loading" />
  if ('failure' in answer)
    return (
      <Alert color="orange" role="alert" title="The report cannot be read">
        {answer.failure} {again}
      </Alert>
    )
  if ('missing' in answer)
    return (
      <section className="panel empty" aria-label="Report" data-testid="no-report">
        <p className="plain">
          <b>There is no report yet.</b> The timeline puts it together in its last steps, after the end of the event.
          What was asked of the platform so far is in the <a href={reportHash(id)}>traffic report</a>.
        </p>
        {again}
      </section>
    )
  const { report } = answer
  return (
    <ReportView report={report}>
      <Button
        size="compact-sm"
        variant="default"
        data-testid="download-report"
        onClick={() => download(`report-${report.event.id}.json`, 'application/json', JSON.stringify(report, null, 2))}
      >
        ↓ Download as JSON
      </Button>
      <a href={reportHash(id)}>Traffic report</a>
      <Button size="compact-sm" variant="default" onClick={() => window.print()}>
        Print
      </Button>
      {again}
    </ReportView>
  )
}
