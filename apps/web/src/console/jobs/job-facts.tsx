import type { JobItem } from '@gala/contracts'
import type { ReactNode } from 'react'
import { duration } from '../../format/amounts.js'
import { dayAndTime, lengthWords } from '../../format/times.js'
import { useServerNow } from '../switches/desk.js'
import { placeWords } from './job-table.js'
import { scheduleWords } from './schedule-words.js'
import { misfireWords, overlapWords } from './slot-words.js'
import { awayWords } from './time-words.js'

/** What a job is, with its policies in words. */
export function JobFacts({ job }: { job: JobItem }) {
  const { schedule, next, typicalMs, failures, policy, handler, params, version, updatedAt, updatedBy } = job
  const nowMs = useServerNow()
  const { misfire, retries } = policy
  const when: [string, ReactNode][] = [
    ['When', scheduleWords(schedule)],
    ...(schedule.kind === 'cron'
      ? ([['Cron', <code key="cron">{schedule.expression}</code>]] as [string, ReactNode][])
      : []),
    ['Next', next ? `${awayWords(Date.parse(next), nowMs)}, ${dayAndTime(next)}` : 'never again'],
    ['Where', placeWords(policy)],
    ['Does', handler],
    [
      'With',
      <code key="with" className="key">
        {JSON.stringify(params)}
      </code>,
    ],
    ['Typically', typicalMs === null ? 'not known yet' : `takes ${duration(typicalMs)}`],
    [
      'Failures',
      failures === 0 ? (
        'none in a row'
      ) : (
        <b key="failures" className="alarm">
          ▲ {failures} in a row
        </b>
      ),
    ],
    ['Version', `${version}, ${updatedBy}, ${dayAndTime(updatedAt)}`],
  ]
  const how: [string, ReactNode][] = [
    ['When missed', `${misfireWords(misfire)} Up to ${lengthWords(policy.graceMs)} late it is simply run.`],
    ['When one still runs', overlapWords[policy.overlap]],
    ['Time to run', `${lengthWords(policy.timeoutMs)}, then it is ended`],
    [
      'When it fails',
      retries.max === 0
        ? 'It is not tried again.'
        : `It is tried again up to ${retries.max} times, first after ${lengthWords(retries.backoffMs)}, twice as long each time.`,
    ],
    [
      'Pauses itself',
      policy.pauseAfterFailures === null ? 'never' : `after ${policy.pauseAfterFailures} slots in a row that failed`,
    ],
    ...(policy.after.length > 0 ? ([['Comes after', policy.after.join(', ')]] as [string, ReactNode][]) : []),
  ]
  return (
    <div className="board-panels">
      <Facts title="What it is" facts={when} />
      <Facts title="How it is run" facts={how} />
    </div>
  )
}

function Facts({ title, facts }: { title: string; facts: readonly [string, ReactNode][] }) {
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <dl className="figures facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
