import type { ReadinessList } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button } from '@mantine/core'
import { useState } from 'react'
import { secondOfDay } from '../../format/times.js'
import { useSession } from '../session.js'

/** Go or no-go: checked when somebody asks, never by itself. */
export function ReadinessPanel({ event }: { event: string }) {
  const { api } = useSession()
  const [list, setList] = useState<ReadinessList>()
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const check = async () => {
    setBusy(true)
    setFailure(undefined)
    try {
      setList((await api.timeline.readiness({ params: { id: event } })).data)
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <section className="panel" aria-label="Readiness" data-testid="readiness">
      <div className="row">
        <h2>Readiness</h2>
        <span className="spacer" />
        <Button
          size="compact-sm"
          variant="default"
          data-testid="check-readiness"
          loading={busy}
          onClick={() => void check()}
        >
          {list ? 'Check again' : 'Check now'}
        </Button>
      </div>
      {failure && (
        <Alert color="orange" role="alert" title="It cannot be checked">
          {failure}
        </Alert>
      )}
      <div role="status">
        {!list && !failure && <p className="plain dim">Nobody has asked yet whether everything is ready.</p>}
        {list && (
          <p className="verdict" data-tone={list.go ? 'good' : 'bad'} data-testid="verdict">
            <b className="toned verdict-word">{list.go ? '✓ GO' : '✕ NO-GO'}</b>{' '}
            <span className="dim">as of {secondOfDay(list.at)}</span>
          </p>
        )}
      </div>
      <ul className="checks">
        {list?.checks
          .toSorted((a, b) => rank(a) - rank(b))
          .map((check) => (
            <li key={check.name} data-tone={toneOf(check)}>
              <b className="toned">{check.go ? '✓ go' : check.weight === 'stop' ? '✕ no-go' : '▲ warns'}</b>
              <span>{check.name}</span>
              <span className="dim">{check.seen}</span>
            </li>
          ))}
      </ul>
    </section>
  )
}

type Check = ReadinessList['checks'][number]

const rank = ({ go, weight }: Check) => (go ? 2 : weight === 'stop' ? 0 : 1)
const toneOf = ({ go, weight }: Check) => (go ? 'good' : weight === 'stop' ? 'bad' : 'asks')
