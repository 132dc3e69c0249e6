import { systemClock } from '@gala/kernel'
import { until } from '@gala/platform'
import { RedisRoomStore } from '@gala/rooms'
import { createConnection } from 'mysql2/promise'
import { type Case, type Ground, overAndOver } from './case.js'

const apart = 1_000
const atOnce = 20
const closedWithinMs = 240_000

const databaseOf = async ({ rig }: Ground, { mysql }: Ground['b']) =>
  createConnection({ uri: await rig.client.adminUrl(Number(new URL(mysql).port)) })

/** What is broken here is what is stored or carried on, and not a part. */
export const dataCases: readonly Case[] = [
  {
    name: 'replication',
    what: 'replication is stopped as often as it is begun again',
    alerts: ['ReplicationStopped'],
    async break(ground) {
      const connection = await databaseOf(ground, ground.b)
      const end = overAndOver(10, () => connection.query('STOP REPLICA'))
      return async () => {
        await end()
        await connection.end()
      }
    },
  },
  {
    name: 'unwritable',
    what: 'messages that nobody can read lie in a room',
    alerts: ['RoomMessagesLost'],
    async break({ b }) {
      const store = new RedisRoomStore({
        ...{ redisUrl: b.redis, keyPrefix: 'gala:', dc: b.id, clock: systemClock },
        onError: () => {},
      })
      const from = { id: 'drill', name: 'Drill', avatar: '' }
      const say = (priority: number) =>
        store.accept('spring-gala', {
          ...{ type: 'chat', priority, from, text: 'of this rank', underWayMs: 0, ttlS: 0 },
          ...{ at: Date.now(), client: `drill/${process.pid}`, seq: Date.now() },
        })
      const end = overAndOver(500, () => say(-1))
      return async () => {
        await end()
        // Whoever reads a room goes on behind what can be read.
        await say(3)
        await store.close()
      }
    },
  },
  {
    name: 'books',
    what: 'the two links say different things of minutes that are closed',
    alerts: ['BooksDiffer'],
    async break(ground) {
      const { a } = ground
      const connection = await databaseOf(ground, a)
      const of = `dc = ? AND route <> ''`
      const ask = `SELECT COUNT(*) AS count FROM gala.pane WHERE ${of} AND link = 'batch'`
      const isClosed = async () => {
        await (await fetch(`${a.edge}/v1/time`)).text()
        const [rows] = await connection.query(ask, [a.id])
        return Number((rows as { count: number }[])[0]?.count) > 0
      }
      const change = (by: number) =>
        connection.query(
          `UPDATE gala.pane SET requests = requests + ? WHERE ${of} AND link = 'stream' ORDER BY start_ms, part, event, route LIMIT 1`,
          [by, a.id],
        )
      await until(isClosed, 'no minute is closed', closedWithinMs, 1_000)
      await change(apart)
      return async () => {
        await change(-apart)
        await connection.end()
      }
    },
  },
  {
    // The last one: what is lost is told apart for an hour.
    name: 'lines',
    what: 'nobody takes the lines of the second data centre, until there is no room for them',
    alerts: ['PipelineLosesLines', 'PipelineBehind'],
    async break({ rig, b }) {
      await rig.client.part('stop', `${b.id}.redis`)
      const ask = async () => (await fetch(`${b.edge}/v1/time`)).text()
      const end = overAndOver(10, () => Promise.all(Array.from({ length: atOnce }, ask)))
      return async () => {
        await end()
        await rig.client.part('start', `${b.id}.redis`)
      }
    },
  },
]
