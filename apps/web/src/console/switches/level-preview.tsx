import { GalaError, type OpsClient } from '@gala/sdk'
import { Loader } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useSession } from '../session.js'
import { Amounts } from './amounts.js'
import { rungWords } from './switch-words.js'

type Preview = Awaited<ReturnType<OpsClient['switches']['preview']>>['data']

/** What a level would change, whom it would hurt and what it would save. */
export function LevelPreview({ level, dc }: { level: number; dc: string }) {
  const { api } = useSession()
  const [preview, setPreview] = useState<Preview>()
  const [failure, setFailure] = useState<string>()
  useEffect(() => {
    const given = new AbortController()
    setPreview(undefined)
    setFailure(undefined)
    api.switches.preview({ query: { level, ...(dc !== '' && { dc }) } }, { signal: given.signal }).then(
      ({ data }) => setPreview(data),
      (error: unknown) => {
        if (!given.signal.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
      },
    )
    return () => given.abort()
  }, [api, level, dc])
  if (failure) return <p className="warned">▲ There is no preview: {failure}</p>
  if (!preview) return <Loader role="status" size="sm" aria-label="Loading" />
  const byKey = [...Map.groupBy(preview.changes, ({ key, from, to }) => `${key} ${from} ${to}`).values()]
  return (
    <div className="preview-columns" data-testid="level-preview">
      <div>
        <h3>Changes</h3>
        <ul className="plain">
          {byKey.map(([first, ...more]) => (
            <li key={`${first?.key} ${first?.from}`}>
              {first?.key}: {first?.from} →{' '}
              <b data-rung={first?.to}>
                {first && rungWords[first.to].shape} {first?.to}
              </b>{' '}
              <span className="dim">{[first, ...more].map((change) => change?.dc).join(', ')}</span>
            </li>
          ))}
          {byKey.length === 0 && <li>Nothing: orders by hand stand above the level.</li>}
        </ul>
      </div>
      <div>
        <h3>Viewers lose</h3>
        <ul className="plain">
          {preview.loses.map((line) => (
            <li key={line}>{line}</li>
          ))}
          {preview.loses.length === 0 && <li>nothing</li>}
        </ul>
        <h3>Predicted saving, of 1,000 requests</h3>
        {preview.predicted ? <Amounts of={preview.predicted} /> : <p className="warned">▲ nothing has been measured</p>}
      </div>
    </div>
  )
}
