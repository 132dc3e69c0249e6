import { type Job, type JobPolicy, jobPolicySchema, type Misfire, type Schedule, scheduleSchema } from '@gala/contracts'
import { localField, momentOf } from '../../format/times.js'

/** What a field of a number holds while it is typed. */
type Typed = number | string

/** A job as it is typed: times in seconds, lists and parameters as text. */
export interface JobDraft {
  id: string
  title: string
  event: string
  kind: Schedule['kind']
  expression: string
  timeZone: string
  everyS: Typed
  onceAt: string
  eventAt: string
  handler: string
  params: string
  misfire: JobPolicy['misfire']['policy']
  misfireMax: Typed
  misfireWindowS: Typed
  graceS: Typed
  overlap: JobPolicy['overlap']
  timeoutS: Typed
  retriesMax: Typed
  backoffS: Typed
  /** Empty: never. */
  pauseAfter: Typed
  scope: JobPolicy['scope']
  shards: Typed
  after: string
}

/** What the parts of the form are given. */
export interface FormPart {
  draft: JobDraft
  flaws: Partial<Record<keyof JobDraft, string>>
  onChange: (over: Partial<JobDraft>) => void
}

const blank = { kind: 'cron', expression: '0 4 * * *', timeZone: 'Asia/Shanghai' } as const

/** The draft of a job, or of one that is to be made. */
export function jobDraft(job: Job | undefined, nowMs: number): JobDraft {
  const schedule = job?.schedule ?? blank
  const policy = job?.policy ?? jobPolicySchema.parse({})
  const { misfire } = policy
  return {
    id: job?.id ?? '',
    title: job?.title ?? '',
    event: job?.event ?? '',
    kind: schedule.kind,
    expression: schedule.kind === 'cron' ? schedule.expression : blank.expression,
    timeZone: schedule.kind === 'cron' ? schedule.timeZone : blank.timeZone,
    everyS: schedule.kind === 'interval' ? schedule.everyMs / 1000 : 60,
    onceAt: localField(schedule.kind === 'once' ? schedule.at : new Date(nowMs + 3_600_000).toISOString()),
    eventAt: schedule.kind === 'event' ? schedule.at : 'T-30m',
    handler: job?.handler ?? '',
    params: JSON.stringify(job?.params ?? {}, null, 2),
    misfire: misfire.policy,
    misfireMax: misfire.policy === 'all' ? misfire.max : 10,
    misfireWindowS: misfire.policy === 'window' ? misfire.windowMs / 1000 : 3_600,
    graceS: policy.graceMs / 1000,
    overlap: policy.overlap,
    timeoutS: policy.timeoutMs / 1000,
    retriesMax: policy.retries.max,
    backoffS: policy.retries.backoffMs / 1000,
    pauseAfter: policy.pauseAfterFailures ?? '',
    scope: policy.scope,
    shards: policy.shards,
    after: policy.after.join(', '),
  }
}

const number = (typed: Typed) => (typed === '' ? Number.NaN : Number(typed))
const ms = (typed: Typed) => Math.round(number(typed) * 1000)

/** The schedule that is typed, as the API would be given it; it may not be one it takes. `from` is kept of the job that is edited. */
export function scheduleOf(draft: JobDraft, job: Job | undefined) {
  const { kind, expression, timeZone, everyS, onceAt, eventAt } = draft
  const from = job?.schedule.kind === 'interval' ? job.schedule.from : undefined
  const given = {
    cron: { kind, expression: expression.trim(), timeZone: timeZone.trim() },
    interval: { kind, everyMs: ms(everyS), ...(from && { from }) },
    once: { kind, at: momentOf(onceAt) },
    event: { kind, at: eventAt.trim() },
  }[kind]
  return scheduleSchema.safeParse(given)
}

/** How missed runs are treated, as the API would be given it; its numbers may not be ones it takes. */
export function misfireOf({ misfire, misfireMax, misfireWindowS }: JobDraft): Misfire {
  if (misfire === 'all') return { policy: misfire, max: number(misfireMax) }
  if (misfire === 'window') return { policy: misfire, windowMs: ms(misfireWindowS) }
  return { policy: misfire }
}

export function policyOf(draft: JobDraft) {
  const { overlap, scope, pauseAfter, after } = draft
  return jobPolicySchema.safeParse({
    misfire: misfireOf(draft),
    graceMs: ms(draft.graceS),
    overlap,
    timeoutMs: ms(draft.timeoutS),
    retries: { max: number(draft.retriesMax), backoffMs: ms(draft.backoffS) },
    pauseAfterFailures: pauseAfter === '' ? null : number(pauseAfter),
    scope,
    shards: number(draft.shards),
    after: after.split(/[\s,]+/).filter((id) => id !== ''),
  })
}
