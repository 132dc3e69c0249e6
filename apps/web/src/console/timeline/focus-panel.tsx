import { Alert } from '@mantine/core'
import { secondOfDay } from '../../format/times.js'
import { jobHash } from '../jobs/job-hash.js'
import { RunProgress } from '../jobs/run-progress.js'
import { slotTells, stateLooks } from '../jobs/slot-words.js'
import type { BoardSlot, ScheduleBoard } from '../jobs/use-board.js'
import { useServerNow } from '../switches/desk.js'
import { focusOf } from './focus.js'

/** What was missed, what runs, what comes in half an hour, and what became of the last ten minutes. */
export function FocusPanel({ board, failure }: { board: ScheduleBoard | undefined; failure: string | undefined }) {
  const nowMs = useServerNow()
  const { missed, running, next, last } = focusOf(board?.slots ?? [])
  return (
    <div className="focus">
      {failure && (
        <Alert color="orange" role="alert" title="The schedule cannot be read">
          {failure}
        </Alert>
      )}
      {missed.length > 0 && <Slots title="▲ Missed" slots={missed} nowMs={nowMs} alarm />}
      {running.length > 0 && <Slots title="Runs now" slots={running} nowMs={nowMs} />}
      {board && <Slots title="Next 30 minutes" slots={next} nowMs={nowMs} none="Nothing is due." />}
      {board && <Slots title="Last 10 minutes" slots={last} nowMs={nowMs} none="Nothing has ended." />}
    </div>
  )
}

function Slots(props: { title: string; slots: readonly BoardSlot[]; nowMs: number; alarm?: boolean; none?: string }) {
  const { title, slots, nowMs, alarm, none } = props
  return (
    <section className="panel" aria-label={title} data-alarm={alarm} data-testid={`focus-${title.split(' ').at(-1)}`}>
      <h2>
        {title} {slots.length > 0 && <span className="count">{slots.length}</span>}
      </h2>
      {slots.length === 0 && <p className="plain dim">{none}</p>}
      <ol className="slots">
        {slots.map((slot) => {
          const { shape, word, tone } = stateLooks[slot.state]
          return (
            <li key={`${slot.job} ${slot.at} ${slot.dc} ${slot.shard}`} data-tone={tone}>
              <span className="dim">{secondOfDay(slot.state === 'due' ? slot.runAt : slot.at)}</span>
              <span className="slot-what">
                <a href={jobHash(slot.job)}>{slot.title}</a>
                {slot.dc && <span className="dim"> {slot.dc}</span>}
                <RunProgress slot={slot} label={slot.title} />
              </span>
              <span className="slot-tells">
                {slot.state !== 'due' && (
                  <b className="toned">
                    <span aria-hidden>{shape}</span> {word}
                  </b>
                )}{' '}
                {slotTells(slot, nowMs)}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
