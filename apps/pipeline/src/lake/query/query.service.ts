import { fork } from 'node:child_process'
import { join } from 'node:path'
import { AppError, type LakeQueryReply } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { viewOver } from '../../rollups/views.js'
import type { LakeFiles } from '../lake-files.js'
import { lakeTableNames } from '../tables.js'
import { Turns } from '../turns.js'
import type { QueryBounds, QueryOutcome, QueryTask } from './protocol.js'

/** Waiting, beside the one that runs. */
const queueMax = 2
/** A process that has not ended a query by itself is ended so long afterwards: it has to start first, on a busy machine. */
const graceMs = 3_000
/** Of JavaScript in that process; the engine has its own bound. */
const heapMb = 192

type RunIsolated = (task: QueryTask) => Promise<QueryOutcome>

/** Answers queries of operators, one after the other. */
export class QueryService {
  /** How queries ended so far. */
  readonly counts: Record<QueryOutcome['kind'], number> = { answered: 0, refused: 0, cut: 0 }
  readonly #turns = new Turns(queueMax)

  constructor(
    private readonly files: LakeFiles,
    private readonly bounds: QueryBounds,
    private readonly clock: Clock,
    private readonly run: RunIsolated = inProcess(clock, join(import.meta.dirname, 'process.js')),
  ) {}

  /** @throws AppError QUERY_REFUSED, QUERY_CUT, or OVERLOADED when others wait already. */
  async ask(sql: string): Promise<LakeQueryReply> {
    return await this.#turns.take(() => this.#answer(sql))
  }

  async #answer(sql: string): Promise<LakeQueryReply> {
    const startedMs = this.clock.monotonicMs()
    const lists = await Promise.all(
      lakeTableNames.map(async (table) => ({ table, files: await this.files.list(table) })),
    )
    const outcome = await this.run({
      sql,
      views: lists.map(({ table, files }) => viewOver(table, files, '')),
      files: lists.flatMap(({ files }) => files),
      bounds: this.bounds,
    })
    this.counts[outcome.kind]++
    if (outcome.kind === 'answered') {
      return { ...outcome.reply, tookMs: Math.round(this.clock.monotonicMs() - startedMs) }
    }
    throw new AppError(outcome.kind === 'cut' ? 'QUERY_CUT' : 'QUERY_REFUSED', outcome.detail)
  }
}

/** In a process that knows nothing of this one: no environment, no open files. */
const inProcess =
  (clock: Clock, entry: string): RunIsolated =>
  (task) =>
    new Promise((resolve) => {
      const child = fork(entry, {
        env: {},
        execArgv: [`--max-old-space-size=${heapMb}`],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      })
      const end = (outcome: QueryOutcome) => {
        cancel()
        child.kill('SIGKILL')
        resolve(outcome)
      }
      const cancel = clock.after(task.bounds.timeoutMs + graceMs, () =>
        end({ kind: 'cut', detail: `it took longer than ${task.bounds.timeoutMs} ms` }),
      )
      child.on('message', (outcome: QueryOutcome) => end(outcome))
      child.on('error', (error) => end({ kind: 'cut', detail: `its process failed: ${error.message}` }))
      child.on('exit', () => end({ kind: 'cut', detail: 'it needs more than its process may take' }))
      child.send(task, (error) => error && end({ kind: 'cut', detail: `its process failed: ${error.message}` }))
    })
