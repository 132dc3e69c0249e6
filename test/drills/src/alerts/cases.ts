import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { pause } from '../faults.js'
import { type Case, type Ground, overAndOver } from './case.js'
import { dataCases } from './data-cases.js'

/** Asked at once, over and over. */
const crowd = 400
/** What is left of a processor. */
const share = { standsMs: 180, runsMs: 20 }

/** What no process has in memory: each has to be asked of an application. */
const askingAnew = (urls: readonly string[], everyMs: number) =>
  overAndOver(everyMs, (i) =>
    Promise.all(urls.map(async (url, j) => (await fetch(`${url}/v1/events/nobody-${process.pid}-${i}-${j}`)).text())),
  )

const editing = ({ ops }: Ground, name: string) =>
  overAndOver(100, async () => {
    const id = `alerts-${name}-${process.pid}`
    const version = await ops.events.detail({ params: { id } }).then(
      ({ data }) => data.version,
      () => 0,
    )
    await ops.events.save({ params: { id }, body: { ...event, expectedVersion: version } })
  })

const event = {
  kind: 'concert' as const,
  title: 'Alerts',
  status: 'preheat' as const,
  startAt: '2099-01-01T00:00:00.000Z',
  endAt: '2099-01-01T04:00:00.000Z',
}

const parts = ({ rig }: Ground, action: 'stop' | 'start' | 'pause' | 'resume', names: readonly string[]) =>
  Promise.all(names.map((name) => rig.client.part(action, name)))

export const cases: readonly Case[] = [
  {
    name: 'applications',
    what: 'the applications of both data centres are stopped, and viewers ask for what nobody has in memory',
    alerts: ['ProcessGone', 'BreakerOpen', 'BudgetBurnsFast', 'BudgetBurns', 'BudgetBurnsSlowly'],
    async break(ground) {
      const { a, b } = ground
      const names = [a, b].map(({ id }) => `${id}.application-1`)
      await parts(ground, 'stop', names)
      const end = askingAnew(
        [a, b].flatMap(({ access }) => access),
        50,
      )
      return async () => {
        await end()
        await parts(ground, 'start', names)
      }
    },
  },
  {
    name: 'redis',
    what: 'Redis of the second data centre is stopped',
    alerts: ['DependencyDown', 'BusSilent', 'RoomMirrorLags'],
    async break(ground) {
      const names = [`${ground.b.id}.redis`]
      await parts(ground, 'stop', names)
      return async () => void (await parts(ground, 'start', names))
    },
  },
  {
    name: 'rooms',
    what: 'Redis of the second data centre is stopped while somebody is in a room there',
    alerts: ['RoomStoreFails'],
    async break(ground) {
      const { b } = ground
      const end = overAndOver(200, async () => (await fetch(`${b.access[0]}/v1/rooms/spring-gala/messages`)).text())
      await pause(1_000)
      await parts(ground, 'stop', [`${b.id}.redis`])
      return async () => {
        await end()
        await parts(ground, 'start', [`${b.id}.redis`])
      }
    },
  },
  {
    name: 'unsafe',
    what: 'the database that follows hangs, and edits go on',
    alerts: ['WriterUnsafe'],
    async break(ground) {
      const end = editing(ground, 'unsafe')
      await parts(ground, 'pause', [`${ground.b.id}.mysql`])
      return async () => {
        await end()
        await parts(ground, 'resume', [`${ground.b.id}.mysql`])
      }
    },
  },
  {
    name: 'lag',
    what: 'the database that follows may apply nothing, and edits go on',
    alerts: ['ReplicationLags'],
    async break(ground) {
      const { rig, b } = ground
      const uri = await rig.client.adminUrl(Number(new URL(b.mysql).port))
      const connection = await createConnection({ uri })
      await connection.query('LOCK TABLES gala.change_sequence READ')
      const end = editing(ground, 'lag')
      return async () => {
        await end()
        await connection.end()
      }
    },
  },
  {
    name: 'votes',
    what: 'two of the three voters are gone',
    alerts: ['NobodyWrites', 'NobodySchedules'],
    async break(ground) {
      const names = ['witness.redis', `${ground.b.id}.redis`]
      await parts(ground, 'stop', names)
      return async () => void (await parts(ground, 'start', names))
    },
  },
  {
    name: 'level',
    what: 'an operator raises the level',
    alerts: ['LevelRaised'],
    async break({ ops }) {
      const to = async (level: number) => {
        const { rev } = (await ops.switches.list({})).data.level
        await ops.switches.level({ body: { level, reason: 'drill', expectedRev: rev } })
      }
      await to(1)
      return () => to(0)
    },
  },
  {
    name: 'memory',
    what: 'Redis has as much as it may have',
    alerts: ['RedisMemory'],
    async break({ a }) {
      const redis = new Redis(a.redis)
      const [, before = '0'] = (await redis.config('GET', 'maxmemory')) as string[]
      const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
      await redis.config('SET', 'maxmemory', String(Math.round(used * 1.08)))
      return async () => {
        await redis.config('SET', 'maxmemory', before)
        redis.disconnect()
      }
    },
  },
  {
    name: 'jobs',
    what: 'a job fails, and nobody runs another one in time',
    alerts: ['JobsFail', 'JobsLate', 'JobsMissed'],
    async break(ground) {
      const { ops, a, b } = ground
      const id = `alerts-${process.pid}`
      // What nobody has published is no-go, however well everything is.
      await ops.events.save({ params: { id }, body: { ...event, status: 'draft', expectedVersion: 0 } })
      const reason = 'drill'
      const schedule = { kind: 'interval' as const, everyMs: 1_000 }
      const misfire = { policy: 'skip' as const }
      const job = (handler: string, graceMs: number) => ({
        ...{ title: handler, handler, schedule, policy: { graceMs, misfire }, reason, expectedVersion: 0 },
      })
      await ops.jobs.save({ params: { id: `${id}-in-time` }, body: job('mark', 3_000) })
      await ops.jobs.save({ params: { id: `${id}-late` }, body: job('mark', 60_000) })
      await ops.jobs.save({ params: { id: `${id}-no-go` }, body: { ...job('readiness', 3_000), event: id } })
      const names = [a, b].map(({ id: dc }) => `${dc}.base-1`)
      await pause(6_000)
      await parts(ground, 'pause', names)
      await pause(8_000)
      await parts(ground, 'resume', names)
      return async () => {
        for (const name of ['in-time', 'late', 'no-go']) {
          const params = { id: `${id}-${name}` }
          const { version } = (await ops.jobs.detail({ params })).data
          await ops.jobs.pause({ params, body: { paused: true, reason, expectedVersion: version } })
        }
      }
    },
  },
  {
    name: 'spans',
    what: 'every trace is kept, and the collector takes none',
    alerts: ['SpansLost'],
    break: async ({ b }) => askingAnew(b.access, 10),
  },
  {
    name: 'cut',
    what: 'one application hears nothing of its Redis, and edits go on',
    alerts: ['ProcessLags'],
    async break(ground) {
      const mend = ground.around.cut()
      const end = editing(ground, 'cut')
      return async () => {
        await end()
        mend()
      }
    },
  },
  {
    name: 'crowd',
    what: 'an access process gets a tenth of a processor, and more is asked of it than it can answer with that',
    alerts: ['Shedding'],
    async break(ground) {
      const { b } = ground
      const names = [`${b.id}.access-1`]
      const endStarving = overAndOver(share.runsMs, async () => {
        await parts(ground, 'pause', names)
        await pause(share.standsMs)
        await parts(ground, 'resume', names)
      })
      const url = b.access[0] ?? ''
      const endAsking = askingAnew(
        Array.from({ length: crowd }, () => url),
        10,
      )
      return async () => {
        await endStarving()
        await endAsking()
      }
    },
  },
  {
    name: 'disk',
    what: 'the disk a base process has its spool on is full',
    alerts: ['DiskFull'],
    break: ({ around }) => around.fill(),
  },
  ...dataCases,
]
