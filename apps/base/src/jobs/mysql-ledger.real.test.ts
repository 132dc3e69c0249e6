import { jobPolicySchema } from '@gala/contracts'
import { AuditEntity, Database, JobEntity, JobSlotEntity, migrate, TimelineEntity } from '@gala/database'
import { systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Definitions } from './definitions.service.js'
import { dueSlot } from './ledger.js'
import { describeLedger } from './ledger-conformance.js'
import { conformanceJobs, type definitionOf } from './ledger-under-test.js'
import { globalScope, MysqlLedger } from './mysql-ledger.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
const clock = systemClock
const database = new Database({
  readers: [{ dc: 'dc-a', url }],
  writers: [{ dc: 'dc-a', url }],
  breakers: new Breakers({ clock }),
  dialect: 'mariadb',
  entities: [AuditEntity, JobEntity, JobSlotEntity, TimelineEntity],
  clock,
  onError: () => {},
})
const definitions = new Definitions(database)

beforeAll(() => migrate(url, 'mariadb'))
afterAll(() => database.close())

const job = (id: string, more: Partial<JobEntity> = {}): JobEntity => ({
  ...{
    id,
    eventId: null,
    step: null,
    stepOrder: 0,
    title: id,
    handler: 'mark',
    params: {},
    approvals: [],
    paused: null,
  },
  ...{
    irreversible: 0,
    onFailure: 'go-on',
    failures: 0,
    plannedUntil: null,
    removed: 0,
    version: 1,
    updatedBy: 'test',
  },
  schedule: { kind: 'interval', everyMs: 60_000 },
  policy: jobPolicySchema.parse({}),
  updatedAt: new Date(0),
  ...more,
})

async function empty() {
  await database.onWriter(async (manager) => {
    for (const table of ['job_slots', 'job_leases', 'jobs', 'timelines']) await manager.query(`DELETE FROM ${table}`)
    await manager.insert(JobEntity, conformanceJobs.map((id) => job(id)) as object[])
  })
}

describeLedger('MysqlLedger', async () => {
  await empty()
  // Planning is remembered beside the job, so what is asked for is read anew.
  let known: ReturnType<typeof definitionOf>[] = []
  const ledger = new MysqlLedger(database, 'dc-a')
  const plan = ledger.plan.bind(ledger)
  ledger.plan = async (...given) => {
    await plan(...given)
    known = [...(await new Definitions(database).exact())]
  }
  known = [...(await definitions.exact())]
  const definition = (id: string) => {
    const found = known.find((of) => of.id === id)
    if (!found) throw new Error(`there is no job ${id}`)
    return found
  }
  return { ledger, advance: (ms) => clock.sleep(ms), definition, close: async () => {} }
})

describe('the end of a slot', () => {
  const ledger = new MysqlLedger(database, 'dc-a')
  beforeEach(empty)

  const failOnce = async (id: string, atMs: number) => {
    const { token } = await ledger.lead('leader', 60_000)
    const key = { job: id, atMs, dc: '', shard: 0 }
    await ledger.plan(token, [dueSlot(key)], new Map())
    const from = { state: 'due', attempt: 0 } as const
    await ledger.apply(token, [{ key, from, set: { state: 'leased', attempt: 1, leaseUntilMs: atMs + 60_000 } }])
    await ledger.begin(key, 1, 'runner', 60_000)
    await ledger.finish(key, 1, { state: 'failed', reason: 'error', detail: 'no', outcome: 'failed' })
  }

  it('pauses a job when as many in a row have failed as was declared, and the leader sees it', async () => {
    const policy = jobPolicySchema.parse({ pauseAfterFailures: 2 })
    await database.onWriter((manager) => manager.insert(JobEntity, job('failing', { policy }) as object))
    const paused = async () => (await new Definitions(database).exact()).find(({ id }) => id === 'failing')?.paused
    await failOnce('failing', 1_000)
    expect(await paused()).toBe(false)
    await failOnce('failing', 2_000)
    expect(await paused()).toBe(true)
  })

  it('holds the timeline of a step that was declared to hold it', async () => {
    const step = job('launch.check', { eventId: 'launch', step: 'check', onFailure: 'hold' })
    const other = job('launch.room', { eventId: 'launch', step: 'room' })
    await database.onWriter(async (manager) => {
      await manager.insert(JobEntity, [step, other] as object[])
      await manager.insert(TimelineEntity, {
        eventId: 'launch',
        template: null,
        version: 1,
        held: null,
        updatedAt: new Date(),
      })
    })
    const held = async () => (await new Definitions(database).exact()).filter(({ held }) => held).map(({ id }) => id)
    await failOnce('launch.room', 1_000)
    expect(await held()).toEqual([])
    await failOnce('launch.check', 1_000)
    expect(await held()).toEqual(['launch.check', 'launch.room'])
  })

  it('is told to one leader of several that ask for the lease at once', async () => {
    const handles = Array.from({ length: 6 }, () => new MysqlLedger(database, 'dc-a'))
    const leads = await Promise.all(handles.map((handle, i) => handle.lead(`process-${i}`, 60_000)))
    expect(leads.filter(({ leads }) => leads)).toHaveLength(1)
    expect(new Set(leads.map(({ token }) => token)).size).toBe(1)
    expect(handles[0]?.scope).toBe(globalScope)
  })
})
