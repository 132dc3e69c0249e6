import type { EventTraffic } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Loader, Stack, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { download } from '../download.js'
import { EventSelect } from '../event-select.js'
import { useEvents } from '../room/use-events.js'
import { useSession } from '../session.js'
import { reportHash } from './report-hash.js'
import { TrafficReport } from './traffic-report.js'

/** What the lake says of an event. `path` is what the address says after `#report/`: the event, or nothing. */
export function ReportPage({ path }: { path: string }) {
  return (
    <Stack gap="md">
      <div className="row">
        <Title order={1} size="h3">
          Event report
        </Title>
        <span className="spacer" />
        <div className="report-acts">
          <EventSelect
            label="Event"
            all="Choose…"
            testId="report-event"
            value={path}
            onChange={(id) => {
              location.hash = reportHash(id)
            }}
          />
        </div>
      </div>
      {path === '' ? (
        <section className="panel empty" aria-label="Report">
          <p className="plain">
            <b>○ No event is chosen.</b> A report counts every request about one, its error budget, and playback as its
            viewers saw it.
          </p>
        </section>
      ) : (
        <ReportOf key={path} id={path} />
      )}
    </Stack>
  )
}

type Answer = { is: 'asking' } | { is: 'here'; traffic: EventTraffic } | { is: 'failed'; detail: string }

function ReportOf({ id }: { id: string }) {
  const { api } = useSession()
  const event = useEvents()?.find((each) => each.id === id)
  const [answer, setAnswer] = useState<Answer>({ is: 'asking' })
  const [asked, setAsked] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: being asked again is a reason to ask, not an input of it.
  useEffect(() => {
    const ended = new AbortController()
    setAnswer({ is: 'asking' })
    api.pipeline.traffic({ params: { id } }, { signal: ended.signal }).then(
      ({ data }) => setAnswer({ is: 'here', traffic: data }),
      (error: unknown) => {
        if (ended.signal.aborted) return
        setAnswer({ is: 'failed', detail: error instanceof GalaError ? error.message : String(error) })
      },
    )
    return () => ended.abort()
  }, [api, id, asked])
  const again = (
    <Button size="compact-sm" variant="default" data-testid="ask-traffic" onClick={() => setAsked((held) => held + 1)}>
      Ask again
    </Button>
  )
  if (answer.is === 'asking') return <Loader role="status" aria-label="Loading" />
  if (answer.is === 'failed')
    return (
      <Alert color="orange" role="alert" title="The report cannot be read">
        {answer.detail} {again}
      </Alert>
    )
  const { traffic } = answer
  return (
    <TrafficReport id={id} title={event?.titleEn || event?.title || id} traffic={traffic}>
      <Button
        size="compact-sm"
        variant="default"
        data-testid="download-traffic"
        onClick={() => download(`traffic-${id}.json`, 'application/json', JSON.stringify(traffic, null, 2))}
      >
        ↓ Download as JSON
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => window.print()}>
        Print
      </Button>
      {again}
    </TrafficReport>
  )
}
