import { basename, dirname, join } from 'node:path'
import type { EventTraffic, LakeReport, TracesAsk } from '@gala/contracts'
import type { Database } from '@gala/database'
import { oneAtATime } from '@gala/kernel'
import { AuditRows } from '../lake/audit-rows.js'
import { Engine } from '../lake/engine.js'
import { FileRows } from '../lake/file-rows.js'
import { LakeFiles } from '../lake/lake-files.js'
import { LakeWriter } from '../lake/lake-writer.js'
import { Loader } from '../lake/loader.js'
import { Manifest } from '../lake/manifest.js'
import { QueryService } from '../lake/query/query.service.js'
import { Turns } from '../lake/turns.js'
import { Upkeep } from '../lake/upkeep.js'
import type { PipelineContext } from '../pipeline.config.js'
import { eventTraffic } from '../report/event-traffic.js'
import type { Slice } from '../rollups/views.js'
import { searchTraces, spansOfTrace } from '../traces/trace-search.js'
import { BatchPanes } from './batch-panes.js'
import { type BatchSignals, batchSignals, type Leg } from './batch-signals.js'
import { PaneTable } from './pane-table.js'
import { Reconciler } from './reconciler.js'
import { SoleWriter } from './sole-writer.js'

/** Each engine of its own is bounded by this; at most three are open at once, and a query's in a process of its own. */
const bounds = { memoryMb: 256, threads: 1 }
const queryBounds = { memoryMb: 256, threads: 1, timeoutMs: 5_000, rowsMax: 1_000, bytesMax: 1_000_000 }
const minuteMs = 60_000
const closedAfterMs = 10 * minuteMs
/** Rows that come later than two days do not change what was shown. */
const panesForMs = 48 * 60 * minuteMs

/** Everything between files and panes that does not need the event log: files → lake → roll-ups → MySQL. */
export class BatchLink {
  readonly #stopping = new AbortController()
  readonly #stops: (() => void)[] = []
  readonly #running = new Set<Promise<void>>()
  readonly #reports = new Turns(4)
  readonly #searches = new Turns(8)
  /** The own one first. */
  readonly #lakes: readonly LakeFiles[]

  private constructor(
    private readonly context: PipelineContext,
    private readonly signals: BatchSignals,
    private readonly engine: Engine,
    private readonly manifest: Manifest,
    private readonly rows: FileRows,
    private readonly manifests: readonly Manifest[],
    private readonly sole: SoleWriter,
    readonly files: LakeFiles,
    readonly loader: Loader,
    readonly auditLoader: Loader,
    readonly upkeep: Upkeep,
    readonly batchPanes: BatchPanes,
    readonly reconciler: Reconciler,
    readonly queries: QueryService,
  ) {
    this.#lakes = [files, ...context.config.GALA_LAKE_PEER_DIRS.map((dir) => new LakeFiles(dir))]
  }

  /** @throws when what is known of the lake cannot be read. */
  static async open(context: PipelineContext, database: Database): Promise<BatchLink> {
    const { config, clock } = context
    const dir = config.GALA_PIPELINE_DIR
    const edgeLog = config.GALA_EDGE_LOG_FILE
    const files = new LakeFiles(config.GALA_LAKE_DIR)
    const engine = await Engine.open(bounds)
    const writer = new LakeWriter(engine, files)
    const turns = new Turns()
    const manifest = await Manifest.open(join(dir, 'lake.json'))
    const auditManifest = await Manifest.open(join(dir, 'lake-audit.json'))
    const manifests = [manifest, auditManifest]
    const sole = new SoleWriter(config.GALA_LAKE_DIR, clock)
    const rows = new FileRows({
      dc: config.GALA_DC,
      spoolDir: config.GALA_SPOOL_DIR,
      ...(edgeLog && { edge: { dir: dirname(edgeLog), name: basename(edgeLog, '.log') } }),
      clock,
    })
    const shared = { writer, turns, clock, rowsMax: config.GALA_LAKE_BATCH_ROWS, panesForMs }
    const loader = new Loader({ ...shared, manifest, sources: [rows], loadedFile: join(dir, 'loaded.json') })
    const audit = new AuditRows(database, clock)
    const auditLoader = new Loader({ ...shared, manifest: auditManifest, sources: [audit] })
    const daysOf = config.GALA_LAKE_DAYS
    const upkeep = new Upkeep({
      files,
      writer,
      manifests,
      turns,
      clock,
      daysOf,
      closedAfterMs,
    })
    const panes = new PaneTable(database, config.GALA_DC)
    const completeToMs = () => loader.completeToMs
    const graceMs = config.GALA_PANE_GRACE_MS
    const batchPanes = new BatchPanes({ files, manifest, panes, completeToMs, graceMs, bounds })
    const reconciler = new Reconciler({ panes, closedToMs: () => batchPanes.closedToMs, clock })
    const queries = new QueryService(files, queryBounds, clock)
    const signals = batchSignals(context)
    const parts = [files, loader, auditLoader, upkeep, batchPanes, reconciler, queries] as const
    const link = new BatchLink(context, signals, engine, manifest, rows, manifests, sole, ...parts)
    signals.tells(link, () => clock.nowMs())
    return link
  }

  /** Minutes whose panes are older than their rows. */
  get due(): number {
    return this.manifest.due('requests').size + this.manifest.due('beacons').size
  }

  start(): void {
    const { log } = this.context
    const began = this.#whenSole().catch((err: unknown) => log.error({ err }, 'the lake cannot be written to'))
    this.#running.add(began)
  }

  async #whenSole(): Promise<void> {
    if (!(await this.sole.wait(this.#stopping.signal))) return
    // Whoever wrote there until now has written these, too.
    for (const manifest of this.manifests) await manifest.reload()
    this.#begin()
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return
    const loadEveryMs = this.context.config.GALA_LAKE_LOAD_EVERY_MS
    this.#every(loadEveryMs, 'load', () => this.loader.run())
    this.#every(loadEveryMs, 'panes', () => this.batchPanes.run())
    this.#every(minuteMs, 'audit', () => this.auditLoader.run())
    this.#every(loadEveryMs, 'reconcile', () => this.reconciler.run())
    this.#every(minuteMs, 'upkeep', async () => {
      await this.upkeep.run()
      await this.batchPanes.tidy(this.context.clock.nowMs())
      const gone = await this.rows.missing(Object.keys(this.manifest.places))
      if (gone.size > 0) await this.manifest.forget(gone)
    })
  }

  /** Ends after what is being written, so that nothing has to be written a second time. */
  async close(): Promise<void> {
    this.#stopping.abort()
    for (const stop of this.#stops) stop()
    await Promise.all(this.#running)
    this.sole.close()
    this.engine.close()
  }

  /** What the lakes that can be read from here say of an event. @throws AppError OVERLOADED when others wait already. */
  async traffic(slice: Slice & { event: string }): Promise<EventTraffic> {
    return await this.#reports.take(() => eventTraffic(this.#lakes, slice, bounds))
  }

  /** Traces kept in this data centre. @throws AppError OVERLOADED when others wait already. */
  async traces(ask: TracesAsk) {
    return await this.#searches.take(() => searchTraces([this.files], ask, bounds))
  }

  /** @throws AppError TRACE_NOT_FOUND, or OVERLOADED when others wait already. */
  async trace(id: string) {
    return await this.#searches.take(() => spansOfTrace([this.files], id, bounds))
  }

  report(): LakeReport {
    const { loader, manifest, batchPanes, reconciler } = this
    const { rows, lostRanges, tooLate } = loader.counts
    const moment = (ms: number) => (ms > 0 ? new Date(ms).toISOString() : null)
    return {
      completeTo: moment(loader.completeToMs),
      closedTo: moment(batchPanes.closedToMs),
      due: this.due,
      pending: manifest.pending.length,
      ...{ rows, lostRanges, tooLate },
      minutes: reconciler.minutes.map(({ minuteMs: at, stream, batch, apart }) => ({
        at: new Date(at).toISOString(),
        requests: { stream: stream.requests, batch: batch.requests },
        beacons: { stream: stream.beacons, batch: batch.beacons },
        apart,
      })),
    }
  }

  #every(ms: number, leg: Leg, work: () => Promise<void>): void {
    const run = oneAtATime(work)
    const tick = () => {
      const running = run().catch((error: unknown) => this.signals.failed(leg, error))
      this.#running.add(running)
      void running.then(() => this.#running.delete(running))
    }
    tick()
    this.#stops.push(this.context.clock.every(ms, tick))
  }
}
