import { approvalsNeeded, type Timeline, type TimelineStep } from '@gala/contracts'
import { type Look, slotTells, stateLooks } from '../jobs/slot-words.js'
import { awayWords } from '../jobs/time-words.js'

/** Below this a step that waits for nobody is about to begin. Milliseconds. */
const soonMs = 60_000

/** What a step is at, and what is to be said of it. */
export function stepLook(
  step: TimelineStep,
  { held }: Pick<Timeline, 'held'>,
  nowMs: number,
): Look & { tells: string } {
  const { slot, approved, irreversible, approvals } = step
  const dueMs = Date.parse(step.due)
  if (slot && slot.state !== 'due') return { ...stateLooks[slot.state], tells: slotTells(slot, nowMs) }
  const when = slot ? slotTells(slot, nowMs) : awayWords(dueMs, nowMs)
  if (irreversible && !approved) {
    const tells = `${approvals.length} of ${approvalsNeeded} have approved, due ${when}`
    return { shape: '◆', word: 'needs approval', tone: 'asks', tells }
  }
  if (held) return { shape: '‖', word: 'held', tone: 'asks', tells: `due ${when}` }
  if (!slot) return { shape: '◌', word: 'not planned', tone: 'quiet', tells: when }
  const near = Date.parse(slot.runAt) - nowMs < soonMs
  return { ...stateLooks.due, tone: near ? 'ready' : 'quiet', tells: when }
}

/** It has ended, one way or the other. */
export const stepEnded = ({ slot }: Pick<TimelineStep, 'slot'>): boolean =>
  slot !== null && (slot.state === 'ok' || slot.state === 'failed' || slot.state === 'skipped')

/** It has ended at a time that is its own no more: the script was moved since. */
export const movedSince = ({ slot, due }: Pick<TimelineStep, 'slot' | 'due'>): boolean =>
  slot !== null && slot.manual === null && Date.parse(slot.at) !== Date.parse(due)

export interface StepMeans {
  run: string | undefined
  skip: string | undefined
  /** Not there when nothing is to be approved. */
  approve?: string | undefined
}

/** Why each act on a step cannot be done by `subject`; undefined: it can. */
export function stepMeans(step: TimelineStep, subject: string): StepMeans {
  const { slot, irreversible, approved, approvals } = step
  const runs = slot?.state === 'running' || slot?.state === 'leased'
  const begun = stepEnded(step) ? 'It has been done with.' : runs ? 'It runs.' : undefined
  const means = { run: begun ?? (approved ? undefined : 'Two operators have to approve it first.'), skip: begun }
  if (!irreversible || approved || begun) return means
  const own = approvals.some(({ actor }) => actor === subject)
  return { ...means, approve: own ? 'You have approved it: somebody else has to, too.' : undefined }
}

/** Where now is between the steps: after how many, and how far to the next, from 0 to 1. `steps` are in order of `due`. */
export function nowAmong(steps: readonly Pick<TimelineStep, 'due'>[], nowMs: number): { after: number; share: number } {
  const dues = steps.map(({ due }) => Date.parse(due))
  const after = dues.filter((due) => due <= nowMs).length
  const [from, to] = [dues[after - 1], dues[after]]
  return { after, share: from === undefined || to === undefined ? 0 : (nowMs - from) / (to - from) }
}

/** The script in the order it is played; what is due at the same time stays in the order it was written. */
export const inOrder = (steps: readonly TimelineStep[]): TimelineStep[] =>
  steps.toSorted((a, b) => Date.parse(a.due) - Date.parse(b.due))
