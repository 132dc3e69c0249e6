import type { Job } from '@gala/contracts'
import type { Meanwhile } from '../switches/changed.js'
import { scheduleWords } from './schedule-words.js'

/** What somebody else has changed of a job while it was looked at. */
export function jobChanged(seen: Job, now: Job): Meanwhile {
  const told: [place: string, of: (job: Job) => string][] = [
    ['title', ({ title }) => title],
    ['schedule', ({ schedule }) => scheduleWords(schedule)],
    ['does', ({ handler }) => handler],
    ['with', ({ params }) => JSON.stringify(params)],
    ['policies', ({ policy }) => JSON.stringify(policy)],
    ['paused', ({ paused }) => (paused ? `by ${paused.by}` : 'no')],
    ['removed', ({ removed }) => (removed ? 'yes' : 'no')],
  ]
  const lines = told.flatMap(([place, of]) => (of(seen) === of(now) ? [] : [{ place, from: of(seen), to: of(now) }]))
  return { who: now.updatedBy, at: now.updatedAt, reason: now.paused?.reason ?? '', lines }
}
