import type { Job } from '@gala/contracts'
import { type JobDraft, policyOf, scheduleOf } from './job-edits.js'
import { paramsOf } from './params.js'
import { knownZone } from './schedule-words.js'

const jobId = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)?$/

/** Where each field of a policy is typed. */
const policyFields: Record<string, keyof JobDraft> = {
  'misfire.max': 'misfireMax',
  'misfire.windowMs': 'misfireWindowS',
  graceMs: 'graceS',
  timeoutMs: 'timeoutS',
  'retries.max': 'retriesMax',
  'retries.backoffMs': 'backoffS',
  pauseAfterFailures: 'pauseAfter',
  shards: 'shards',
}

const scheduleFields = { cron: 'expression', interval: 'everyS', once: 'onceAt', event: 'eventAt' } as const

/** Why the API would not take a draft, by field. */
export function jobFlaws(draft: JobDraft, job: Job | undefined): Partial<Record<keyof JobDraft, string>> {
  const { id, title, kind, event, handler, params, timeZone } = draft
  const schedule = scheduleOf(draft, job)
  const flaws: Partial<Record<keyof JobDraft, string>> = {}
  for (const { path, message } of policyOf(draft).error?.issues ?? [])
    flaws[policyFields[path.join('.')] ?? 'after'] = message
  if (!schedule.success) flaws[scheduleFields[kind]] = schedule.error.issues[0]?.message ?? 'is no schedule'
  if (kind === 'cron' && !knownZone(timeZone.trim())) flaws.timeZone = 'There is no such time zone'
  if (kind === 'event' && event === '') flaws.event = 'It counts from the start or end of an event: choose it'
  if (!jobId.test(id)) flaws.id = 'Lower-case letters, digits and inner dashes'
  if (title.trim() === '') flaws.title = 'A job needs a title'
  if (handler === '') flaws.handler = 'Choose what it does'
  if (paramsOf(params) === undefined) flaws.params = 'A JSON object, such as {"percent": 20}'
  return flaws
}

/** What the API is sent: everything of a new job, of an old one only what has changed. The draft has no flaws. */
export function jobBody(draft: JobDraft, job: Job | undefined) {
  const all = {
    title: draft.title.trim(),
    ...(draft.event !== '' && { event: draft.event }),
    schedule: scheduleOf(draft, job).data,
    handler: draft.handler,
    params: paramsOf(draft.params),
    policy: policyOf(draft).data,
  }
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  const entries = Object.entries(all).filter(([name, value]) => !job || !same(value, job[name as keyof typeof all]))
  return Object.fromEntries(entries) as Partial<typeof all>
}
