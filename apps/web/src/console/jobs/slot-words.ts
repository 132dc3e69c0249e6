import type { Misfire, Overlap, Slot, SlotReason, SlotState } from '@gala/contracts'
import { duration } from '../../format/amounts.js'
import { lengthWords } from '../../format/times.js'
import { awayWords, latenessWords } from './time-words.js'

/** How something looks: colours of jobs.css. Shape and word say the same. */
type Tone = 'quiet' | 'ready' | 'running' | 'good' | 'bad' | 'asks' | 'gone'

export interface Look {
  shape: string
  word: string
  tone: Tone
}

export const stateLooks: Record<SlotState, Look> = {
  due: { shape: '○', word: 'due', tone: 'quiet' },
  late: { shape: '▲', word: 'late', tone: 'bad' },
  leased: { shape: '◔', word: 'handed out', tone: 'running' },
  running: { shape: '◐', word: 'running', tone: 'running' },
  ok: { shape: '✓', word: 'done', tone: 'good' },
  failed: { shape: '✕', word: 'failed', tone: 'bad' },
  skipped: { shape: '↷', word: 'skipped', tone: 'gone' },
}

const reasonWords: Record<SlotReason, string> = {
  misfire: 'missed: its time passed while nobody could run it',
  overlap: 'an earlier one was still running',
  paused: 'the job was paused',
  dependency: 'what it comes after has not ended well',
  moved: 'moved to another time',
  operator: 'by an operator',
  removed: 'the job was removed',
  held: 'the timeline is held',
  approval: 'two operators have not approved it yet',
  timeout: 'it took too long',
  memory: 'it took too much memory',
  error: 'error',
  'holder-lost': 'whoever ran it was lost',
  cancelled: 'ended by an operator',
}

/** What becomes of runs whose time passed while nobody could run them. */
export function misfireWords(misfire: Misfire): string {
  switch (misfire.policy) {
    case 'skip':
      return 'None of the missed runs is made up for.'
    case 'once':
      return 'Only the newest missed run is made up for, whatever their number.'
    case 'all':
      return `The newest ${misfire.max} missed runs are made up for, oldest first.`
    case 'window':
      return `Missed runs that are no older than ${lengthWords(misfire.windowMs)} are made up for.`
  }
}

export const overlapWords: Record<Overlap, string> = {
  skip: 'The new run is left out.',
  'queue-one': 'The new run waits; what comes after it is left out.',
  parallel: 'Both run side by side.',
  'cancel-old': 'The old run is ended, then the new one begins.',
}

/** What is missed: it should have begun and has not, or was given up for that. */
export const isMissed = ({ state, reason }: Pick<Slot, 'state' | 'reason'>): boolean =>
  state === 'late' || (state === 'skipped' && reason === 'misfire')

/** How long the run took, or has taken so far; undefined: it never began. Milliseconds. */
export function tookMs({ startedAt, endedAt }: Pick<Slot, 'startedAt' | 'endedAt'>, nowMs: number): number | undefined {
  if (startedAt === null) return undefined
  return Math.max(0, (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt))
}

/** From 0 to 1; undefined: the run has not told. */
export function doneShare({ progress }: Pick<Slot, 'progress'>): number | undefined {
  return progress && progress.total > 0 ? Math.min(1, Math.max(0, progress.done / progress.total)) : undefined
}

/** What became of a slot, after its state: `12.0 s late, took 1.2 s`, `error: pool is full, 3 attempts`. */
export function slotTells(slot: Slot, nowMs: number): string {
  const { state, reason, detail, attempt, runAt, at } = slot
  const took = tookMs(slot, nowMs)
  const why = [reason && reasonWords[reason], detail].filter(Boolean).join(': ')
  const late = slot.lateMs === null ? '' : latenessWords(slot.lateMs)
  const tries = attempt > 1 ? `${attempt} attempts` : ''
  const join = (...words: (string | false | undefined)[]) => words.filter(Boolean).join(', ')
  switch (state) {
    case 'due':
      if (attempt > 0 && runAt > at) return join(`tries again ${awayWords(Date.parse(runAt), nowMs)}`, why, tries)
      return join(Date.parse(runAt) > nowMs ? awayWords(Date.parse(runAt), nowMs) : 'now', why)
    case 'late':
      return join(`by ${lengthWords(Math.floor((nowMs - Date.parse(at)) / 1000) * 1000)}`, why)
    case 'leased':
    case 'running':
      return join(took !== undefined && `for ${lengthWords(Math.floor(took / 1000) * 1000)}`, late, tries)
    case 'ok':
      return join(late, took !== undefined && `took ${duration(took)}`, tries)
    case 'failed':
      return join(why, tries, late)
    case 'skipped':
      // Pages name whoever did it.
      return reason === 'operator' && slot.manual ? (detail ?? '') : why
  }
}

/** What may be done to a slot: each only as long as it makes sense. */
export function slotActs({ state }: Pick<Slot, 'state'>): ('run' | 'skip' | 'cancel')[] {
  if (state === 'due' || state === 'late') return ['run', 'skip']
  return state === 'leased' || state === 'running' ? ['cancel'] : []
}
