import { type SchedulerInfo, slotStates } from '@gala/contracts'
import { lengthWords } from '../../format/times.js'
import { stateLooks } from './slot-words.js'
import type { ScheduleBoard } from './use-board.js'

/** Who hands out the slots, and what became of those of the last ten minutes. */
export function BoardPanels({ board }: { board: ScheduleBoard }) {
  return (
    <div className="board-panels">
      <section className="panel" aria-label="Who hands out">
        <h2>Who plans and hands out</h2>
        {board.schedulers.length === 0 && <p className="plain alarm">▲ Nobody: nothing will begin.</p>}
        <ul className="schedulers">
          {board.schedulers.map((scheduler) => (
            <Scheduler key={scheduler.scope} scheduler={scheduler} />
          ))}
        </ul>
      </section>
      <section className="panel" aria-label="States of the last ten minutes">
        <h2>Last 10 minutes</h2>
        <ul className="state-counts">
          {slotStates.map((state) => {
            const { shape, word, tone } = stateLooks[state]
            const count = board.counts[state] ?? 0
            return (
              <li key={state} data-tone={count > 0 ? tone : undefined} data-testid={`count-${state}`}>
                <b>{count}</b>
                <span>
                  <span aria-hidden>{shape}</span> {word}
                </span>
              </li>
            )
          })}
        </ul>
      </section>
    </div>
  )
}

/** A clock further off than this makes slots start visibly early or late. Milliseconds. */
const clockOffMs = 250

function Scheduler({ scheduler: { scope, holder, token, heldForMs, clockOffsetMs } }: { scheduler: SchedulerInfo }) {
  const off = clockOffsetMs !== null && Math.abs(clockOffsetMs) > clockOffMs
  return (
    <li data-testid={`scheduler-${scope}`}>
      <b>{scope}</b>
      {holder === null ? (
        <b className="alarm">▲ nobody</b>
      ) : (
        <span>
          ● {holder.split('#')[0]}
          {heldForMs !== null && <span className="dim"> for {lengthWords(Math.floor(heldForMs / 1000) * 1000)}</span>}
        </span>
      )}
      <span className="dim">token {token}</span>
      <span className={off ? 'alarm' : 'dim'}>
        {clockOffsetMs === null
          ? 'clock unknown'
          : `${off ? '▲ ' : ''}clock ${clockOffsetMs > 0 ? '+' : clockOffsetMs < 0 ? '−' : '±'}${Math.abs(Math.round(clockOffsetMs * 10) / 10)} ms`}
      </span>
    </li>
  )
}
