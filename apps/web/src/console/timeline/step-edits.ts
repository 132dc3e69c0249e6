import { type StepGiven, scheduleSchema, type TimelineStep } from '@gala/contracts'
import { paramsOf } from '../jobs/params.js'
import { stepEnded } from './step-look.js'

/** A step as it is typed. */
export interface StepDraft {
  /** Of the row, for as long as it is edited: keys change while they are typed. */
  row: number
  key: string
  title: string
  at: string
  handler: string
  params: string
  irreversible: boolean
  onFailure: StepGiven['onFailure']
  policy?: StepGiven['policy']
  /** It has begun: what is to be played of it cannot be changed any more. */
  begun: boolean
}

export const stepsMax = 64

export function draftsOf(steps: readonly TimelineStep[]): StepDraft[] {
  return steps.map((step, row) => {
    const { key, title, at, handler, params, irreversible, onFailure, policy, slot } = step
    const begun = stepEnded(step) || slot?.state === 'running' || slot?.state === 'leased'
    return { row, key, title, at, handler, irreversible, onFailure, policy, begun, params: JSON.stringify(params) }
  })
}

export function blankDraft(drafts: readonly StepDraft[], handler: string): StepDraft {
  const row = Math.max(-1, ...drafts.map((draft) => draft.row)) + 1
  const texts = { key: '', title: '', at: 'T', handler, params: '{}' }
  return { row, ...texts, irreversible: false, onFailure: 'go-on', begun: false }
}

export type StepField = 'key' | 'title' | 'at' | 'handler' | 'params'

const slug = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

/** Why the API would not take what is typed, by row and field. */
export function draftFlaws(drafts: readonly StepDraft[]): Map<number, Partial<Record<StepField, string>>> {
  const keys = drafts.map(({ key }) => key)
  return new Map(
    drafts.flatMap(({ row, key, title, at, handler, params }) => {
      const flaws: Partial<Record<StepField, string>> = {
        ...(!slug.test(key) && { key: 'Lower-case letters, digits and inner dashes' }),
        ...(keys.indexOf(key) !== keys.lastIndexOf(key) && { key: 'Two steps have this key' }),
        ...(title.trim() === '' && { title: 'A step needs a title' }),
        ...(!scheduleSchema.safeParse({ kind: 'event', at }).success && { at: 'Like T-30m, T, T+10s or END+10m' }),
        ...(handler === '' && { handler: 'Choose what it does' }),
        ...(paramsOf(params) === undefined && { params: 'A JSON object, such as {"percent": 20}' }),
      }
      return Object.keys(flaws).length > 0 ? [[row, flaws] as const] : []
    }),
  )
}

/** The steps as the API takes them. The drafts have no flaws. */
export const givenSteps = (drafts: readonly StepDraft[]): StepGiven[] =>
  drafts.map(({ key, title, at, handler, params, irreversible, onFailure, policy }) => ({
    key,
    title: title.trim(),
    at,
    handler,
    params: paramsOf(params) ?? {},
    irreversible,
    onFailure,
    ...(policy && { policy }),
  }))
