import type { Slot } from '@gala/contracts'
import { dayAndTime, secondOfDay } from '../../format/times.js'

const outcomes = { ok: '✓ done', failed: '✕ failed', lost: '▲ lost', cancelled: '✕ ended' }

/** The attempts of a slot, and what it left behind. */
export function SlotMore({ slot }: { slot: Slot }) {
  const { attempts, result, progress } = slot
  const left = result !== null && result !== undefined
  if (attempts.length === 0 && !left) return <span className="dim">–</span>
  return (
    <details>
      <summary>
        {attempts.length} {attempts.length === 1 ? 'attempt' : 'attempts'}
        {left && ', result'}
        <span className="unseen"> of {dayAndTime(slot.at)}</span>
      </summary>
      <ol className="attempts">
        {attempts.map(({ n, holder, at, endedAt, outcome, error }) => (
          <li key={n}>
            <b>{n}.</b> {secondOfDay(at)}
            {endedAt && `–${secondOfDay(endedAt)}`} {outcome ? outcomes[outcome] : '◐ under way'}{' '}
            <span className="dim">{holder.split('#')[0]}</span>
            {error && <span className="warned"> {error}</span>}
          </li>
        ))}
      </ol>
      {progress && <pre className="preview">{JSON.stringify(progress)}</pre>}
      {left && <pre className="preview">{JSON.stringify(result, null, 2)}</pre>}
    </details>
  )
}
