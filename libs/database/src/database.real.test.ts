import { AppError } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Database } from './database.js'
import { migrate } from './migrate.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
/** Nobody listens there. */
const nobody = url.replace(/:\d+\//, ':9/')
const failures: unknown[] = []

const open = (readerUrls: string[], writerUrl = url) =>
  new Database({
    readers: readerUrls.map((reader, i) => ({ dc: `dc-${i}`, url: reader })),
    breakers: new Breakers({ clock: systemClock }),
    writers: [{ dc: 'dc-0', url: writerUrl }],
    dialect: 'mariadb',
    entities: [],
    clock: systemClock,
    onError: (error) => failures.push(error),
  })

describe('Database', () => {
  let database: Database
  beforeAll(async () => {
    await migrate(url, 'mariadb')
    database = open([url])
    await database.onWriter((manager) =>
      manager.query('CREATE TABLE probe (id INT PRIMARY KEY, value BIGINT NOT NULL)'),
    )
    await database.onWriter((manager) => manager.query('INSERT INTO probe VALUES (1, 0)'))
  })
  beforeEach(() => {
    failures.length = 0
  })
  afterAll(() => database.close())

  /** Stores the position of the change in the row it is about. */
  const write = (on = database) =>
    on.write(async (manager, position) => {
      await manager.query('UPDATE probe SET value = ? WHERE id = 1', [position])
      return { value: position, tags: ['probe'] }
    })
  const probe = (on = database) =>
    on.read(async (manager) => {
      const [row] = await manager.query<{ value: string }[]>('SELECT value FROM probe WHERE id = 1')
      return Number(row?.value)
    })

  it('is migrated once, by however many start at the same time', async () => {
    expect(await Promise.all([migrate(url, 'mariadb'), migrate(url, 'mariadb')])).toEqual([[], []])
  })

  it('begins a transaction anew that waited for another one which waited for it: both are done', async () => {
    await database.onWriter((manager) => manager.query('INSERT IGNORE INTO probe VALUES (8, 0), (9, 0)'))
    let begun = 0
    let both = () => {}
    const bothBegun = new Promise<void>((resolve) => {
      both = resolve
    })
    const lock = async (first: number, second: number) =>
      database.onWriter(async (manager) => {
        await manager.query('UPDATE probe SET value = value + 1 WHERE id = ?', [first])
        if (++begun === 2) both()
        await bothBegun
        await manager.query('UPDATE probe SET value = value + 1 WHERE id = ?', [second])
      })
    await Promise.all([lock(8, 9), lock(9, 8)])
    const rows = await database.onWriter((manager) =>
      manager.query<{ value: string }[]>('SELECT value FROM probe WHERE id > 1'),
    )
    expect(rows.map(({ value }) => Number(value))).toEqual([2, 2])
    expect(begun).toBe(3)
  })

  it('begins a transaction anew whose connection was lost before its commit', async () => {
    let tries = 0
    await database.onWriter(async (manager) => {
      tries++
      await manager.query('UPDATE probe SET value = value + 100 WHERE id = 8')
      if (tries > 1) return
      const [own] = await manager.query<{ id: string }[]>('SELECT CONNECTION_ID() AS id')
      await database.onWriter((other) => other.query(`KILL ${Number(own?.id)}`))
      await manager.query('SELECT 1')
    })
    const [row] = await database.onWriter((manager) =>
      manager.query<{ value: string }[]>('SELECT value FROM probe WHERE id = 8'),
    )
    expect([tries, Number(row?.value)]).toEqual([2, 102])
  })

  it('numbers changes in the order they become visible, under concurrent writers', async () => {
    const start = (await probe()).position
    const total = 8 * 25
    const seen: number[] = []
    const following = (async () => {
      while (seen.length < total) {
        const { changes } = await database.changesAfter(seen.at(-1) ?? start, 7)
        for (const { position } of changes) seen.push(position)
      }
    })()
    const writer = async () => {
      for (let i = 0; i < 25; i++) await write()
    }
    await Promise.all(Array.from({ length: 8 }, writer))
    await following
    // A follower that has seen position p never sees a smaller one later, and no gap: nothing can be missed.
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => start + 1 + i))
  })

  it('keeps its outbox within bounds, and tells who is behind up to where there is nothing to read', async () => {
    const start = (await probe()).position
    for (let i = 0; i < 10; i++) await write()
    const trim = (rowsMax: number, ageMaxMs: number, limit = 1_000) => database.trimOutbox({ rowsMax, ageMaxMs }, limit)
    const positions = async (after: number, limit = 100) => {
      const { changes, upTo } = await database.changesAfter(after, limit)
      return { left: changes.map(({ position }) => position - start), upTo: upTo - start }
    }
    expect(await trim(1_000_000, 3_600_000)).toBe(0)
    await trim(6, 3_600_000, 2)
    await trim(6, 3_600_000)
    expect(await positions(start)).toEqual({ left: [5, 6, 7, 8, 9, 10], upTo: 10 })
    expect(await positions(start, 3)).toEqual({ left: [5, 6, 7], upTo: 7 })
    // Everything is older than that: nothing is left but the number.
    await trim(1_000_000, -60_000)
    expect(await positions(start)).toEqual({ left: [10], upTo: 10 })
    expect(await positions(start + 10)).toEqual({ left: [], upTo: 10 })
  })

  it('never says of a row that it is newer than it is, while writers are busy', async () => {
    let writing = true
    const writer = (async () => {
      while (writing) await write()
    })()
    for (let i = 0; i < 200; i++) {
      const { value, position } = await probe()
      expect(value).toBeGreaterThanOrEqual(position)
    }
    writing = false
    await writer
  })

  it('announces nothing of a write that failed', async () => {
    const before = (await write()).position
    const refused = database.write(async (manager) => {
      await manager.query('UPDATE probe SET value = -1 WHERE id = 1')
      throw new AppError('STALE_VERSION', 'somebody was first')
    })
    await expect(refused).rejects.toMatchObject({ code: 'STALE_VERSION' })
    expect(await database.changesAfter(before, 10)).toEqual({ changes: [], upTo: before })
    expect((await probe()).value).toBe(before)
    expect((await write()).position).toBe(before + 1)
  })

  it('carries the tags of a change to whoever follows', async () => {
    const { position } = await write()
    const { changes } = await database.changesAfter(position - 1, 10)
    expect(changes[0]).toEqual({ position, tags: ['probe'], atMs: expect.any(Number) })
  })

  it('reads from the next server when the first does not answer, and spares the first after three failures', async () => {
    const over = open([nobody, url])
    for (let i = 0; i < 5; i++) expect((await probe(over)).value).toBeGreaterThan(0)
    await over.close()
    expect(failures).toHaveLength(3)
  })

  it('answers with the furthest server when none has followed as far as asked', async () => {
    const { position } = await write()
    const over = open([url, url])
    const read = await over.read((manager) => manager.query('SELECT 1'), position + 1_000)
    expect(read.position).toBeGreaterThanOrEqual(position)
    await over.close()
  })

  it('refuses with a code when no server answers, for reads and for writes', async () => {
    const gone = open([nobody], nobody)
    await expect(probe(gone)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await expect(write(gone)).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' })
    await gone.close()
  })

  it('lets a wrong statement be the caller’s fault, not the server’s', async () => {
    await expect(database.read((manager) => manager.query('SELECT nothing FROM nowhere'))).rejects.toThrow(/nowhere/)
    expect(failures).toEqual([])
  })
})
