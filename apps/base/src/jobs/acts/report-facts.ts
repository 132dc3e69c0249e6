import type { EventReport } from '@gala/contracts'
import type { EntityManager } from 'typeorm'

export interface Facts extends Pick<EventReport, 'steps' | 'errors' | 'degradations' | 'audit'> {
  likes: number
  plays: number
  auditTotal: number
  degradationsTotal: number
}

interface Span {
  eventId: string
  from: Date
  to: Date
  auditMax: number
}

interface AuditRow {
  at: Date
  actor: string
  action: string
  target: string
  reason: string | null
}

interface StepRow {
  step: string
  title: string
  at: Date
  state: string
  started_at: Date | null
  ended_at: Date | null
  detail: string | null
}

const stepsMax = 200
/** Acts that take something from viewers, or give it back. */
const degrading = `action LIKE 'switches.%' OR action LIKE 'rules.%' OR action LIKE 'breakers.%' OR action LIKE 'datacentres.%' OR action LIKE 'pools.%'`

/** What was written down between the start and the end of an event, as one server holds it. */
export async function readFacts(manager: EntityManager, span: Span): Promise<Facts> {
  const { from, to, auditMax } = span
  const during = 'FROM audit WHERE at BETWEEN ? AND ?'
  const excerpt = (more: string) =>
    manager.query<AuditRow[]>(`SELECT at, actor, action, target, reason ${during} ${more} ORDER BY id LIMIT ?`, [
      from,
      to,
      auditMax,
    ])
  const total = async (more: string) => {
    const [row] = await manager.query<{ n: string }[]>(`SELECT COUNT(*) AS n ${during} ${more}`, [from, to])
    return Number(row?.n ?? 0)
  }
  const done = `AND outcome = 'done'`
  const degraded = await excerpt(`${done} AND (${degrading})`)
  return {
    ...(await counts(manager, span)),
    steps: await stepsOf(manager, span),
    errors: await errorsOf(manager, span),
    degradations: degraded.map(({ at, actor, action, target, reason }) => ({
      at: at.toISOString(),
      what: `${action} ${target}`,
      actor,
      reason,
    })),
    degradationsTotal: await total(`${done} AND (${degrading})`),
    audit: (await excerpt('')).map((row) => ({ ...row, at: row.at.toISOString() })),
    auditTotal: await total(''),
  }
}

async function counts(manager: EntityManager, { eventId }: Span) {
  const [row] = await manager.query<{ likes: string | null; plays: string | null }[]>(
    'SELECT SUM(likes) AS likes, SUM(plays) AS plays FROM event_counts WHERE event_id = ?',
    [eventId],
  )
  return { likes: Number(row?.likes ?? 0), plays: Number(row?.plays ?? 0) }
}

/** Every slot of the steps that was not moved away, as they were due. */
async function stepsOf(manager: EntityManager, { eventId }: Span): Promise<Facts['steps']> {
  const rows = await manager.query<StepRow[]>(
    `SELECT jobs.step, jobs.title, job_slots.at, job_slots.state, job_slots.started_at, job_slots.ended_at, job_slots.detail
     FROM job_slots JOIN jobs ON jobs.id = job_slots.job_id
     WHERE jobs.event_id = ? AND jobs.step IS NOT NULL AND (job_slots.reason IS NULL OR job_slots.reason <> 'moved')
     ORDER BY job_slots.at, jobs.step_order LIMIT ?`,
    [eventId, stepsMax],
  )
  return rows.map(({ step, title, at, state, started_at, ended_at, detail }) => ({
    step,
    title,
    due: at.toISOString(),
    state,
    lateMs: started_at ? Math.max(0, started_at.getTime() - at.getTime()) : null,
    tookMs: started_at && ended_at ? ended_at.getTime() - started_at.getTime() : null,
    detail,
  }))
}

async function errorsOf(manager: EntityManager, { eventId, from, to }: Span): Promise<Facts['errors']> {
  const refused = await manager.query<{ code: string | null; n: string }[]>(
    `SELECT code, COUNT(*) AS n FROM audit WHERE at BETWEEN ? AND ? AND outcome = 'refused' GROUP BY code ORDER BY n DESC LIMIT 50`,
    [from, to],
  )
  const failed = await manager.query<{ reason: string | null; n: string }[]>(
    `SELECT job_slots.reason, COUNT(*) AS n FROM job_slots JOIN jobs ON jobs.id = job_slots.job_id
     WHERE jobs.event_id = ? AND job_slots.state = 'failed' GROUP BY job_slots.reason ORDER BY n DESC LIMIT 50`,
    [eventId],
  )
  return [
    ...refused.map(({ code, n }) => ({ name: `refused to operators: ${code ?? 'unknown'}`, count: Number(n) })),
    ...failed.map(({ reason, n }) => ({ name: `slots failed: ${reason ?? 'unknown'}`, count: Number(n) })),
  ]
}
