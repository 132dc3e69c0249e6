import { AppError, type Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import {
  type Breaker,
  type BreakerPolicy,
  type Breakers,
  databasePolicy,
  NotCalled,
  type Result,
  type Verdict,
  writerPolicy,
} from '@gala/resilience'
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm'
import { type Dialect, dataSource, statementTimeoutMs } from './data-source.js'
import { isUnreachable } from './faults.js'

export interface DatabaseOptions {
  /** Only for processes that write. */
  writerUrl?: string
  /** Own data centre first; the others are asked when it does not answer. */
  readers: readonly ReaderAddress[]
  dialect: Dialect
  entities: readonly EntityTarget<ObjectLiteral>[]
  clock: Clock
  /** Each server gets one there: `mysql` for reading, `mysql.writer` for writing. */
  breakers: Breakers
  /** Told when a server cannot be reached; the call goes on to the next. */
  onError: (error: unknown) => void
}

interface ReaderAddress {
  dc: string
  url: string
}

/** A value and the change position it is at least as new as. */
export interface Positioned<T> {
  value: T
  position: number
}

export interface OutboxBounds {
  rowsMax: number
  ageMaxMs: number
}

interface Server {
  source: DataSource
  /** Opening runs once at a time; a failed one may be tried again. */
  opening: Promise<unknown> | undefined
  breaker: Breaker
}

/** As many as the driver queues for its connections. */
const capacity = 1_000
/** An operator's transaction waits for locks, and for a replica to have it. */
const transactionTimeoutMs = 10_000

/** Reads from the nearest server that answers; writes in one transaction with their change. */
export class Database {
  readonly #readers: Server[]
  readonly #writer: Server | undefined

  constructor(private readonly options: DatabaseOptions) {
    const { writerUrl, readers, breakers } = options
    const open = (name: string, { dc, url }: ReaderAddress, policy: BreakerPolicy, timeoutMs: number): Server => ({
      source: dataSource(url, options.dialect, options.entities),
      opening: undefined,
      // A hung server (stopped, or behind a black hole) sends neither answer nor error: time has to end the wait.
      breaker: breakers.add({ name, dc, target: new URL(url).host }, policy, { capacity, timeoutMs }),
    })
    this.#readers = readers.map((reader) => open('mysql', reader, databasePolicy, statementTimeoutMs))
    if (writerUrl === undefined) return
    const { host } = new URL(writerUrl)
    const dc = readers.find(({ url }) => new URL(url).host === host)?.dc ?? 'unknown'
    this.#writer = open('mysql.writer', { dc, url: writerUrl }, writerPolicy, transactionTimeoutMs)
  }

  /**
   * Runs `query` on the first reader that answers and has followed to `atLeast`; when none has come that far, on the
   * one that has come furthest. The position is read *before* the rows on the same server: the rows are at least that new.
   * @throws AppError DATABASE_UNAVAILABLE when no reader answers; whatever `query` throws otherwise.
   */
  async read<T>(query: (manager: EntityManager) => Promise<T>, atLeast = 0): Promise<Positioned<T>> {
    let cause: unknown
    let behind: Positioned<T> | undefined
    for (const server of this.#readers) {
      try {
        const found = await this.#on(server, async (manager) => {
          const position = await positionOf(manager)
          return { value: await query(manager), position }
        })
        if (found.position >= atLeast) return found
        if (!behind || behind.position < found.position) behind = found
      } catch (error) {
        if (error instanceof NotCalled) continue
        if (!isUnreachable(error)) throw error
        this.options.onError(error)
        cause = error
      }
    }
    if (behind) return behind
    throw new AppError('DATABASE_UNAVAILABLE', 'no database server answers', { cause })
  }

  /**
   * One transaction on the writer. `work` gets the position of this change and returns what it touched; the outbox row
   * is part of the same transaction, so a change is announced exactly when it is true.
   * @throws AppError DATABASE_UNAVAILABLE when the writer does not answer.
   */
  async write<T>(
    work: (manager: EntityManager, position: number) => Promise<{ value: T; tags: readonly string[] }>,
  ): Promise<Positioned<T>> {
    return this.#transaction(async (manager) => {
      // First of all, so that two writers queue here and nowhere else: no deadlock, and positions commit in order.
      await manager.query('UPDATE change_sequence SET value = LAST_INSERT_ID(value + 1) WHERE id = 1')
      const [row] = await manager.query<{ position: string }[]>('SELECT LAST_INSERT_ID() AS position')
      const position = Number(row?.position)
      const { value, tags } = await work(manager, position)
      await manager.query('INSERT INTO outbox (position, tags, at) VALUES (?, ?, ?)', [
        position,
        JSON.stringify(tags),
        new Date(this.options.clock.nowMs()),
      ])
      return { value, position }
    })
  }

  /** A transaction on the writer that announces nothing: an audit row, or a read that must not be behind. */
  async onWriter<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return await this.#transaction(work)
  }

  /**
   * Changes after `position` in order, as the nearest reader holds them, and the position up to which there are no others.
   * When there are fewer than positions, the rest has been trimmed.
   */
  async changesAfter(position: number, limit: number): Promise<{ changes: Change[]; upTo: number }> {
    const read = await this.read((manager) =>
      manager.query<{ position: string; tags: string; at: Date }[]>(
        'SELECT position, tags, at FROM outbox WHERE position > ? ORDER BY position LIMIT ?',
        [position, limit],
      ),
    )
    const changes = read.value.map((row) => ({
      position: Number(row.position),
      tags: JSON.parse(row.tags) as string[],
      atMs: row.at.getTime(),
    }))
    const last = changes.at(-1)?.position ?? position
    return { changes, upTo: changes.length === limit ? last : Math.max(last, read.position) }
  }

  /**
   * Deletes the oldest rows of the outbox: those older than `ageMaxMs`, and those beyond the newest `rowsMax`. At most
   * `limit` at a time; returns how many. A relay that has not read them will notice.
   */
  async trimOutbox({ rowsMax, ageMaxMs }: OutboxBounds, limit: number): Promise<number> {
    return await this.onWriter(async (manager) => {
      const young = new Date(this.options.clock.nowMs() - ageMaxMs)
      const [first] = await manager.query<{ position: string }[]>(
        'SELECT position FROM outbox WHERE at >= ? ORDER BY position LIMIT 1',
        [young],
      )
      const newest = await positionOf(manager)
      const keepFrom = Math.max(Number(first?.position ?? newest), newest - rowsMax + 1)
      const sql = 'DELETE FROM outbox WHERE position < ? ORDER BY position LIMIT ?'
      const { affectedRows } = await manager.query<{ affectedRows: number }>(sql, [keepFrom, limit])
      return affectedRows
    })
  }

  /**
   * Resolves when the nearest reader answers; rejects when it cannot. For health probes, which bring their own time limit: it
   * asks past the breaker, which hears of it when there is an answer.
   */
  async ping(): Promise<void> {
    const [own] = this.#readers
    if (!own) return
    await this.#open(own)
    await positionOf(own.source.manager)
    own.breaker.governor.hintRecovered()
  }

  async close(): Promise<void> {
    const servers = [...this.#readers, ...(this.#writer ? [this.#writer] : [])]
    await Promise.all(servers.map(({ source }) => (source.isInitialized ? source.destroy() : undefined)))
  }

  async #transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const writer = this.#writer
    if (!writer) throw new Error('this process was given no writer')
    try {
      return await writer.breaker.run(async () => {
        await this.#open(writer)
        return await writer.source.transaction('READ COMMITTED', work)
      }, judge)
    } catch (error) {
      if (!isUnreachable(error) && !(error instanceof NotCalled)) throw error
      throw new AppError('DATABASE_UNAVAILABLE', 'the writing database server does not answer', { cause: error })
    }
  }

  async #on<T>(server: Server, query: (manager: EntityManager) => Promise<T>): Promise<T> {
    return await server.breaker.run(async () => {
      await this.#open(server)
      return await query(server.source.manager)
    }, judge)
  }

  async #open(server: Server): Promise<void> {
    if (server.source.isInitialized) return
    server.opening ??= server.source.initialize().finally(() => {
      server.opening = undefined
    })
    await server.opening
  }
}

/** A statement that the server refuses is the fault of whoever wrote it. */
function judge(result: Result<unknown>): Verdict {
  if ('value' in result) return 'success'
  return isUnreachable(result.error) ? 'failure' : 'ignored'
}

async function positionOf(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ value: string }[]>('SELECT value FROM change_sequence WHERE id = 1')
  return Number(row?.value ?? 0)
}
