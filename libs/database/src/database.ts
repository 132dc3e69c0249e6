import { AppError, type Change } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import {
  type Breaker,
  type BreakerPolicy,
  type Breakers,
  databasePolicy,
  NotCalled,
  writerPolicy,
} from '@gala/resilience'
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm'
import { type Attempt, judge, NotWriter, positionOf, tokenOf } from './attempts.js'
import { type Dialect, dataSource, statementTimeoutMs } from './data-source.js'
import { isDeadlock, isReadOnly, isUnreachable } from './faults.js'
import { traceStatements } from './trace-statements.js'

export interface DatabaseOptions {
  /** Only for processes that write: every server that may be the writer, the likeliest first. */
  writers?: readonly ReaderAddress[]
  /** Servers keep who may write in `gala_local.writer`, and every transaction looks there. False: something else sees to it. */
  fenced?: boolean
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

/** A server and the data centre it stands in. */
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
/** A planned move of the writer is over well within it; whoever writes waits instead of being refused. */
const writerWithinMs = 1_500
const writerAgainMs = 25
/** In a row; more is a fault of whoever takes locks in another order than everybody else. */
const deadlocksMax = 5
/** As `retry-after` of a write nobody takes: about when a data centre that died has been replaced. */
const retryAfterMs = 2_000

/** Reads from the nearest server that answers; writes in one transaction with their change. */
export class Database {
  readonly #readers: Server[]
  /** The one that took the last write first. */
  #writers: Server[]

  constructor(private readonly options: DatabaseOptions) {
    const { writers = [], readers, breakers } = options
    const open = (name: string, { dc, url }: ReaderAddress, policy: BreakerPolicy, timeoutMs: number): Server => {
      const source = dataSource(url, options.dialect, options.entities)
      traceStatements(source, { system: options.dialect, dc })
      // A hung server (stopped, or behind a black hole) sends neither answer nor error: time has to end the wait.
      const breaker = breakers.add({ name, dc, target: new URL(url).host }, policy, { capacity, timeoutMs })
      return { source, opening: undefined, breaker }
    }
    this.#readers = readers.map((reader) => open('mysql', reader, databasePolicy, statementTimeoutMs))
    this.#writers = writers.map((writer) => open('mysql.writer', writer, writerPolicy, transactionTimeoutMs))
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
   * @throws AppError DATABASE_READ_ONLY when no server takes writes right now; DATABASE_UNAVAILABLE when the writer was lost
   * while it committed: nobody can say then whether it is done. Lost before that, `work` is begun anew.
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
    const servers = [...this.#readers, ...this.#writers]
    await Promise.all(servers.map(({ source }) => (source.isInitialized ? source.destroy() : undefined)))
  }

  /** Asks one server after the other who takes writes, and again while none does: before `work` has begun nothing can be lost. */
  async #transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.#writers.length === 0) throw new Error('this process was given no writer')
    const { clock } = this.options
    const startedMs = clock.monotonicMs()
    let cause: unknown
    for (;;) {
      for (const server of this.#writers) {
        const attempt: Attempt = { committing: false, given: false }
        try {
          const value = await this.#on(server, () => this.#undeadlocked(server, attempt, work))
          if (server !== this.#writers[0]) this.#writers = [server, ...this.#writers.filter((of) => of !== server)]
          return value
        } catch (error) {
          const undone = isReadOnly(error) || error instanceof NotWriter || error instanceof NotCalled
          if (!undone && !isUnreachable(error)) throw error
          cause = error
          // Before its commit was asked for nothing of it can stay; and what still runs of it is not to ask for it.
          attempt.given = true
          if (undone || !attempt.committing) continue
          throw new AppError('DATABASE_UNAVAILABLE', 'the writing database server was lost under way', { cause })
        }
      }
      if (clock.monotonicMs() - startedMs > writerWithinMs) break
      await clock.sleep(writerAgainMs)
    }
    const detail = 'no database server takes writes right now'
    throw new AppError('DATABASE_READ_ONLY', detail, { cause, retryAfterMs })
  }

  /** Of two transactions that wait for each other the server undoes one: nothing of it was done, so it begins again. */
  async #undeadlocked<T>(server: Server, attempt: Attempt, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let left = deadlocksMax; ; left--) {
      try {
        return await this.#transactionOn(server, attempt, work)
      } catch (error) {
        if (left === 0 || !isDeadlock(error)) throw error
      }
    }
  }

  async #transactionOn<T>(
    { source }: Server,
    attempt: Attempt,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const { fenced } = this.options
    return await source.transaction('READ COMMITTED', async (manager) => {
      const token = fenced ? await tokenOf(manager) : undefined
      if (fenced && token === undefined) throw new NotWriter()
      const value = await work(manager)
      // It may have taken long. Nothing is committed yet, so it can begin again elsewhere.
      if (fenced && (await tokenOf(manager)) !== token) throw new NotWriter()
      if (attempt.given) throw new NotWriter()
      attempt.committing = true
      return value
    })
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
