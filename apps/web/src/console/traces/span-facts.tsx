import { dayAndTime } from '../../format/times.js'
import { Copied } from '../copied.js'
import { type SpanRow, usWords } from './trace-tree.js'

/** Everything that is known of one span. */
export function SpanFacts({ row: { span, orphan } }: { row: SpanRow }) {
  const facts: [name: string, value: string | null][] = [
    ['Service', `${span.service}, ${span.instance}`],
    ['Data centre', span.dc],
    ['Began', `${dayAndTime(span.at)}, ${usWords(span.atUs)} after the first`],
    ['Took', usWords(span.durationUs)],
    ['Event', span.event],
    ['Route', span.route],
  ]
  const attributes = Object.entries(span.attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  return (
    <section className="panel span-facts" aria-label="The span that was picked" data-testid="span-facts">
      <h2 aria-live="polite">{span.name}</h2>
      {span.status === 'error' && <b className="alarm">▲ It failed.</b>}
      {orphan && <p className="plain dim">◌ The span it stands within is not here.</p>}
      <dl className="figures facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        <div>
          <dt>Span</dt>
          <dd>
            <Copied label="the span’s id" text={span.span} testId="span-id" />
          </dd>
        </div>
      </dl>
      <h3>Attributes</h3>
      {attributes.length === 0 && <p className="plain dim">None.</p>}
      <dl className="figures facts">
        {attributes.map(([name, value]) => (
          <div key={name}>
            <dt className="key">{name}</dt>
            <dd className="key">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
