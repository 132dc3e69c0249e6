import type { TimelineChange } from '@gala/contracts'
import { useServerNow } from '../switches/desk.js'
import { changeSum, changeTimes, isAtOnce } from './change-words.js'

const shapes: Record<TimelineChange['what'], string> = {
  added: '＋',
  removed: '−',
  changed: '✎',
  moved: '⇢',
  stays: '＝',
}

/** What a change of the script does to each step: first what would be due at once, last what is left alone. */
export function ChangeList({ changes, titles }: { changes: readonly TimelineChange[]; titles: Map<string, string> }) {
  const nowMs = useServerNow()
  const rank = (change: TimelineChange) => (isAtOnce(change, nowMs) ? 0 : change.what === 'stays' ? 2 : 1)
  const sorted = changes.toSorted((a, b) => rank(a) - rank(b))
  return (
    <section aria-label="What would change" data-testid="changes">
      <p className="plain" role="status">
        <b>Would change:</b> {changeSum(changes, nowMs)}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard to be scrolled. */}
      <ul className="changes" tabIndex={0} aria-label="Changes">
        {sorted.map((change) => (
          <li
            key={`${change.step} ${change.what}`}
            data-what={change.what}
            data-now={isAtOnce(change, nowMs) || undefined}
          >
            <span className="change-what">
              <span aria-hidden>{shapes[change.what]}</span> {change.what}
            </span>
            <b className="change-step">{titles.get(change.step) ?? change.step}</b>
            <span className="change-times">
              {changeTimes(change, nowMs)} {isAtOnce(change, nowMs) && <b className="alarm">▲ due at once</b>}{' '}
              {change.note !== '' && <span className="dim">{change.note}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
