import { approvalsNeeded } from '@gala/contracts'
import { type Database, JobEntity, TimelineEntity } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { DATABASE } from '../tokens.js'
import type { Definition } from './ledger.js'
import { definitionsVersion } from './ledger-rows.js'

/** A copy of what a replica holds may be so old: what each data centre does by itself goes by it. */
const copyForMs = 1_000

/** What is to be run, as the scheduler needs it. Kept until it changes. */
@Injectable()
export class Definitions {
  #version = -1
  #exact: readonly Definition[] = []
  #copy: readonly Definition[] = []
  #copiedAtMs = Number.NEGATIVE_INFINITY

  constructor(@Inject(DATABASE) private readonly database: Pick<Database, 'onWriter' | 'read'>) {}

  /** Global jobs as they are now, by the database that is written to. The same array until something has changed. */
  async exact(): Promise<readonly Definition[]> {
    const version = await definitionsVersion(this.database)
    if (version !== this.#version) {
      // Read after the version: what changed in between is read again the next time.
      this.#exact = ofScope('global', await this.database.onWriter(readAll))
      this.#version = version
    }
    return this.#exact
  }

  /** What each data centre runs by itself, as the nearest server holds it; while none answers, as last read. The same array for a second. */
  async nearest(nowMs: number): Promise<readonly Definition[]> {
    if (nowMs - this.#copiedAtMs < copyForMs) return this.#copy
    this.#copiedAtMs = nowMs
    try {
      this.#copy = ofScope('dc', (await this.database.read(readAll)).value)
    } catch (error) {
      if (this.#copy.length === 0) throw error
    }
    return this.#copy
  }
}

const ofScope = (scope: Definition['policy']['scope'], all: readonly Definition[]) =>
  all.filter(({ policy }) => policy.scope === scope)

async function readAll(manager: EntityManager): Promise<Definition[]> {
  const jobs = await manager.findBy(JobEntity, { removed: 0 })
  const removed = await manager
    .createQueryBuilder(JobEntity, 'job')
    .where('job.removed = 1')
    .andWhere(
      "EXISTS (SELECT 1 FROM job_slots s WHERE s.job_id = job.id AND s.state IN ('due', 'late', 'leased', 'running'))",
    )
    .getMany()
  const held = new Set((await manager.find(TimelineEntity)).flatMap(({ eventId, held }) => (held ? [eventId] : [])))
  return [...jobs, ...removed].map((job) => toDefinition(job, held))
}

const toDefinition = (row: JobEntity, held: ReadonlySet<string>): Definition => ({
  id: row.id,
  event: row.eventId,
  step: row.step,
  schedule: row.schedule,
  handler: row.handler,
  params: row.params,
  policy: row.policy,
  paused: row.paused !== null,
  removed: row.removed === 1,
  held: row.step !== null && row.eventId !== null && held.has(row.eventId),
  approved: isApproved(row),
  onFailure: row.onFailure,
  plannedUntilMs: row.plannedUntil?.getTime() ?? null,
  updatedAtMs: row.updatedAt.getTime(),
})

/** Of what cannot be taken back two operators have to approve. */
export const isApproved = ({ irreversible, approvals }: Pick<JobEntity, 'irreversible' | 'approvals'>) =>
  irreversible === 0 || new Set(approvals.map(({ actor }) => actor)).size >= approvalsNeeded
