import type { Slot } from '@gala/contracts'
import { duration } from '../../format/amounts.js'
import { dayAndTime } from '../../format/times.js'
import { stateLooks, tookMs } from './slot-words.js'

/** How long the runs of a page of history took, oldest first, with a line at what is typical. */
export function DurationBars({ slots, typicalMs }: { slots: readonly Slot[]; typicalMs: number | null }) {
  const runs = slots
    .flatMap((slot) => {
      const took = slot.endedAt === null ? undefined : tookMs(slot, 0)
      return took === undefined ? [] : [{ slot, took }]
    })
    .toReversed()
  if (runs.length < 2) return null
  const most = Math.max(1, typicalMs ?? 0, ...runs.map(({ took }) => took))
  const least = Math.min(...runs.map(({ took }) => took))
  return (
    <figure className="bars">
      <div
        className="bars-plot"
        role="img"
        aria-label={`Durations of ${runs.length} runs, from ${duration(least)} to ${duration(most)}`}
      >
        {typicalMs !== null && <span className="bars-typical" style={{ bottom: `${(typicalMs / most) * 100}%` }} />}
        {runs.map(({ slot, took }) => {
          const { shape, word, tone } = stateLooks[slot.state]
          return (
            <span
              key={`${slot.at} ${slot.dc} ${slot.shard}`}
              className="bar-of"
              data-tone={tone}
              title={`${dayAndTime(slot.at)}: ${word}, ${duration(took)}`}
            >
              <span className="bar-fill" style={{ height: `${Math.max(2, (took / most) * 100)}%` }}>
                {tone === 'bad' && <span className="bar-mark">{shape}</span>}
              </span>
            </span>
          )
        })}
      </div>
      <figcaption className="dim">
        Durations of these {runs.length} runs, oldest first: {duration(least)} to {duration(most)}
        {typicalMs !== null && `; ┄ typically ${duration(typicalMs)}`}
      </figcaption>
    </figure>
  )
}
