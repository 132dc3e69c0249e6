import type { Timeline, TimelineChange } from '@gala/contracts'
import { lengthWords, nearTime, secondOfDay } from '../../format/times.js'
import type { Meanwhile } from '../switches/changed.js'

/** A change is due at once when its new time has passed, by the clock of the server. */
export const isAtOnce = ({ what, to }: TimelineChange, nowMs: number): boolean =>
  to !== null && what !== 'stays' && what !== 'removed' && Date.parse(to) <= nowMs

/** `19:30:00 → 19:40:00, 10 min later`, or what else there is to say of where a step goes. */
export function changeTimes({ what, from, to }: TimelineChange, nowMs: number): string {
  const time = (iso: string) => nearTime(iso, nowMs)
  if (what === 'removed') return from ? `was due ${time(from)}` : ''
  if (what === 'stays') return from ? `at ${time(from)}` : ''
  if (from === null || to === null) return to ? `due ${time(to)}` : ''
  const byMs = Date.parse(to) - Date.parse(from)
  if (byMs === 0) return `due ${time(to)}`
  return `${time(from)} → ${time(to)}, ${lengthWords(Math.abs(byMs))} ${byMs > 0 ? 'later' : 'earlier'}`
}

const verbs: Record<TimelineChange['what'], string> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  moved: 'moved',
  stays: 'left as they are',
}

/** `5 moved, 2 left as they are, 1 of them due at once`; `nothing changes` when that is so. */
export function changeSum(changes: readonly TimelineChange[], nowMs: number): string {
  const counted = (Object.keys(verbs) as TimelineChange['what'][]).flatMap((what) => {
    const count = changes.filter((change) => change.what === what).length
    return count > 0 ? [`${count} ${verbs[what]}`] : []
  })
  const atOnce = changes.filter((change) => isAtOnce(change, nowMs)).length
  if (counted.length === 0) return 'nothing changes'
  return `${counted.join(', ')}${atOnce > 0 ? `; ▲ ${atOnce} due at once` : ''}`
}

/** The script as it was read, against the one there is now. */
export function timelineChanged(seen: Timeline, now: Timeline): Pick<Meanwhile, 'lines'> {
  const lines: Meanwhile['lines'] = []
  const add = (place: string, from: string, to: string) => from !== to && lines.push({ place, from, to })
  const held = (of: Timeline) => (of.held ? `held by ${of.held.by}` : 'going on')
  add('timeline', held(seen), held(now))
  add('start', secondOfDay(seen.event.startAt), secondOfDay(now.event.startAt))
  add('end', secondOfDay(seen.event.endAt), secondOfDay(now.event.endAt))
  const were = new Map(seen.steps.map((step) => [step.key, step]))
  const are = new Map(now.steps.map((step) => [step.key, step]))
  for (const key of new Set([...were.keys(), ...are.keys()])) {
    const [was, is] = [were.get(key), are.get(key)]
    if (!was || !is) {
      add(key, was ? 'in the script' : 'not in the script', is ? 'in the script' : 'not in the script')
      continue
    }
    add(key, was.at, is.at)
    add(`${key}, approved by`, approvers(was), approvers(is))
  }
  return { lines }
}

const approvers = ({ approvals }: Timeline['steps'][number]) =>
  approvals.map(({ actor }) => actor).join(', ') || 'nobody'
