import type { Job } from '@gala/contracts'
import { AuditEntity, JobEntity, TimelineEntity } from '@gala/database'
import { randomHex } from '@gala/kernel'
import { type EntityManager, IsNull } from 'typeorm'
import { definitionsChanged, timeOf } from './ledger-rows.js'

/** What the end of a slot means for its job and, of a step, for its timeline; in the same transaction. */
export async function noteEnd(manager: EntityManager, id: string, ok: boolean, dc: string) {
  if (ok) {
    await manager.query('UPDATE jobs SET failures = 0 WHERE id = ? AND failures > 0', [id])
    return
  }
  await manager.query('UPDATE jobs SET failures = failures + 1 WHERE id = ?', [id])
  const job = await manager.findOneBy(JobEntity, { id })
  if (!job) return
  const at = new Date(await timeOf(manager))
  const most = job.policy.pauseAfterFailures
  if (most !== null && job.failures >= most && !job.paused) await pause(manager, job, at, dc)
  if (job.onFailure === 'hold' && job.eventId !== null) await hold(manager, job, job.eventId, at, dc)
}

async function pause(manager: EntityManager, { id, failures, version }: JobEntity, at: Date, dc: string) {
  const paused: Job['paused'] = { ...by, reason: `${failures} slots in a row have failed`, at: at.toISOString() }
  await manager.update(JobEntity, { id }, { paused, version: version + 1, updatedAt: at, updatedBy: by.by })
  await note(manager, { action: 'jobs.pause', target: `job:${id}`, reason: paused.reason, after: { paused }, at, dc })
}

async function hold(manager: EntityManager, { id }: JobEntity, eventId: string, at: Date, dc: string) {
  const row = await manager.findOne(TimelineEntity, {
    where: { eventId, held: IsNull() },
    lock: { mode: 'pessimistic_write' },
  })
  if (!row) return
  const held = { ...by, reason: `${id} has failed`, at: at.toISOString() }
  await manager.update(TimelineEntity, { eventId }, { held, version: row.version + 1, updatedAt: at })
  await note(manager, {
    action: 'timeline.hold',
    target: `event:${eventId}`,
    reason: held.reason,
    after: { held },
    at,
    dc,
  })
}

const by = { by: 'scheduler' }

/** Nobody has ordered it, so nobody would know otherwise. */
async function note(
  manager: EntityManager,
  act: { action: string; target: string; reason: string; after: object; at: Date; dc: string },
) {
  await manager.insert(AuditEntity, {
    ...act,
    target: act.target.slice(0, 120),
    actor: by.by,
    role: 'operator',
    outcome: 'done',
    code: null,
    before: null as unknown as object,
    traceId: randomHex(16),
  })
  await definitionsChanged(manager)
}
