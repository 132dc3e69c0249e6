import type { KeyboardEvent } from 'react'
import { barOf, type SpanRow, usWords } from './trace-tree.js'

const quarters = [0, 0.25, 0.5, 0.75, 1]
const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }

/** Spans below each other, each as long as it took. Arrows go from one to the next, Enter shows what is known of it. */
export function Waterfall(props: {
  rows: readonly SpanRow[]
  allUs: number
  picked: string | undefined
  onPick: (span: string) => void
}) {
  const { rows, allUs, picked, onPick } = props
  const services = [...new Set(rows.map(({ span }) => span.service))]
  const chosen = picked ?? rows[0]?.span.span
  return (
    <section className="panel waterfall" aria-label="Waterfall" data-testid="waterfall">
      <div className="fall-axis" aria-hidden>
        {quarters.map((of) => (
          <span key={of}>{usWords(allUs * of)}</span>
        ))}
      </div>
      <ol className="falls" onKeyDown={walk}>
        {rows.map(({ span, depth, orphan }) => {
          const { left, width } = barOf(span, allUs)
          const failed = span.status === 'error'
          return (
            <li key={span.span}>
              <button
                type="button"
                className="fall"
                data-testid="span"
                data-failed={failed || undefined}
                aria-pressed={span.span === chosen}
                onClick={() => onPick(span.span)}
              >
                <span className="fall-name" style={{ paddingLeft: Math.min(depth, 12) * 14 }}>
                  <span className="fall-what">
                    {depth > 0 && <span aria-hidden>└ </span>}
                    {failed && <b className="alarm">▲ failed </b>}
                    {orphan && <span title="Its parent is not here">◌ </span>}
                    {span.name}
                  </span>
                  <span className="dim fall-where">
                    {span.service} · {span.dc}
                  </span>
                </span>
                <span className="fall-track">
                  <span
                    className="fall-bar"
                    data-service={services.indexOf(span.service) % 5}
                    style={{ left: `${left}%`, width: `${width}%` }}
                  />
                </span>
                <span className="fall-took">{usWords(span.durationUs)}</span>
              </button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function walk(event: KeyboardEvent<HTMLOListElement>) {
  const step = steps[event.key]
  if (step === undefined) return
  const { activeElement } = document
  const spans = [...event.currentTarget.querySelectorAll<HTMLElement>('button')]
  const at = activeElement instanceof HTMLElement ? spans.indexOf(activeElement) : -1
  const next = spans[at + step]
  if (at < 0 || !next) return
  event.preventDefault()
  next.focus()
}
