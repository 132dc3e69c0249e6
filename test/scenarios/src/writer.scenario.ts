import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createConnection } from 'mysql2/promise'
import { auditOf, connectRig, get, ownEvent, type Rig, readers } from './rig.js'

describe('the data centre that writes', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })
  afterAll(() => rig.platform.healed(120_000))

  const board = async () => (await rig.operator.b.datacentres.board({})).data
  const confirmed = async () =>
    /has received it/.test((await board()).atRisk.find((of) => of.data === 'writes')?.rule ?? '')

  it('is replaced when base and database are dead, with everything that was acknowledged, while nobody’s read fails', async () => {
    const id = await ownEvent(rig, 'writer')
    await until(confirmed, 'no commit waits for a replica', 30_000)
    const { token } = (await board()).writer
    const reading = readers(`${rig.a.edge}/v1/events/spring-gala/bootstrap`, 2)
    await Promise.all(['base-1', 'mysql'].map((part) => rig.platform.part('crash', `dc-a.${part}`)))
    const taken = async () => {
      const { writer } = await board()
      return writer.dc === 'dc-b' && writer.token > token
    }
    await until(taken, 'nobody takes over', 60_000)
    const { data } = await rig.operator.b.events.save({ params: { id }, body: { venue: 'there', expectedVersion: 1 } })
    expect(data.version).toBe(2)
    const seen = async () => (await rig.audience.a.events.detail({ params: { id } })).data.venue === 'there'
    await until(seen, 'the other data centre does not see it', 20_000)
    expect((await reading.stop()).failures).toEqual([])
    expect((await board()).atRisk.find((of) => of.data === 'writes')?.rule).toMatch(/exists once/)
  })

  it('takes the other back as a replica, and gives the writing back as asked, once', async () => {
    await rig.platform.part('start', 'dc-a.mysql')
    // What was under way when it died, and nobody was told of: its successor does not know it.
    const port = Number(new URL(rig.a.mysql).port)
    await rig.platform.asAdmin(port, 'CREATE TABLE gala.stray (id INT)')
    const reading = readers(`${rig.a.edge}/v1/events?status=live`, 1)
    await rig.platform.part('start', 'dc-a.base-1')
    const follows = async () => {
      const { items } = await board()
      return items.find(({ id }) => id === 'dc-a')?.mysql.role === 'replica' && (await confirmed())
    }
    await until(follows, 'dc-a does not follow', 60_000)
    expect((await reading.stop()).failures).toEqual([])
    const strays = "SELECT table_schema FROM information_schema.tables WHERE table_name LIKE '%stray'"
    expect(await rig.platform.asAdmin(port, strays)).toEqual([])
    const admin = await rig.platform.token('admin')
    const move = async (to: string, expectedToken: number, mode = 'planned') => {
      const answer = await fetch(`${rig.b.base[0]}/ops/v1/datacentres/writer`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        body: JSON.stringify({ to, mode, reason: 'scenario', expectedToken }),
      })
      return (await answer.json()) as { code?: string; to?: string; token?: number }
    }
    const { token } = (await board()).writer
    expect(await move('dc-a', token - 1)).toMatchObject({ code: 'STALE_VERSION' })
    expect(await move('dc-a', token, 'emergency')).toMatchObject({ code: 'WRITER_NOT_MOVED' })
    expect(await move('dc-c', token)).toMatchObject({ code: 'VALIDATION_FAILED' })
    expect(await move('dc-a', token)).toMatchObject({ to: 'dc-a', token: token + 1 })
    expect((await board()).writer.dc).toBe('dc-a')
    const [entry] = await auditOf(rig, 'writer')
    expect(entry).toMatchObject({
      action: 'datacentres.writer',
      outcome: 'done',
      reason: 'scenario',
      before: { dc: 'dc-b' },
    })
    expect((await get(`${rig.a.edge}/edgez`)).status).toBe(200)
  })

  it('is moved by nobody but an admin', async () => {
    const { token } = (await board()).writer
    const body = { to: 'dc-b', mode: 'planned' as const, reason: 'no', expectedToken: token }
    await expect(rig.operator.a.datacentres.moveWriter({ body })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('takes writes again however transactions wait for each other’s rows when its server closes itself', async () => {
    const url = `${process.env['GALA_TEST_MYSQL_URL']}`
    const [holds, waits] = await Promise.all([createConnection(url), createConnection(url)])
    try {
      const { token, dc } = (await board()).writer
      expect(dc).toBe('dc-a')
      await holds.query('CREATE TABLE waited_for (id INT PRIMARY KEY, n INT)')
      await holds.query('INSERT INTO waited_for VALUES (1, 0)')
      // Both far longer than this test lasts.
      await holds.query('SET SESSION idle_transaction_timeout = 600, idle_write_transaction_timeout = 600')
      await waits.query('SET SESSION innodb_lock_wait_timeout = 600')
      await holds.beginTransaction()
      await holds.query('UPDATE waited_for SET n = 1')
      const ended = waits.query('UPDATE waited_for SET n = 2').then(
        () => 'went through',
        ({ code }: { code: string }) => code,
      )
      const port = Number(new URL(rig.a.mysql).port)
      const waiting = "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
      const isWaiting = async () => ((await rig.platform.asAdmin(port, waiting)) as object[]).length > 0
      await until(isWaiting, 'nothing waits for a row', 10_000)
      // Nobody else can take over.
      await rig.platform.part('stop', 'dc-b.base-1')
      await rig.platform.part('crash', 'dc-a.base-1')
      const closing = "SELECT id FROM information_schema.processlist WHERE info LIKE 'SET GLOBAL read_only%'"
      const isClosing = async () => ((await rig.platform.asAdmin(port, closing)) as object[]).length > 0
      await until(isClosing, 'the server does not close itself', 30_000)
      await rig.platform.part('start', 'dc-a.base-1')
      const taken = async () => {
        const { writer } = (await rig.operator.a.datacentres.board({})).data
        return writer.dc === 'dc-a' && writer.token > token
      }
      await until(() => taken().catch(() => false), 'nobody writes', 60_000)
      expect(await ended).not.toBe('went through')
      await ownEvent(rig, 'after-waiting')
    } finally {
      holds.destroy()
      waits.destroy()
      await rig.platform.part('start', 'dc-b.base-1')
    }
  })
})
