import { join } from 'node:path'
import { connectRedis } from '@gala/bus'
import type { Database } from '@gala/database'
import { openEventLog } from '@gala/eventlog'
import { BooksService } from './books/books.service.js'
import { RedisAudiences } from './panes/audiences.js'
import { MysqlPaneStore } from './panes/mysql-pane-store.js'
import { paneSignals } from './panes/pane-signals.js'
import { PaneUpkeep } from './panes/pane-upkeep.js'
import { PanesReader } from './panes/panes-reader.js'
import type { PipelineContext } from './pipeline.config.js'
import { Checkpoint } from './shipper/checkpoint.js'
import { EdgeLog } from './shipper/edge-log.js'
import { FileKeeper } from './shipper/file-keeper.js'
import { KeptPlaces } from './shipper/kept-places.js'
import { Lease } from './shipper/lease.js'
import { LineFiles } from './shipper/line-files.js'
import { LoadedFile } from './shipper/loaded-file.js'
import { partReaders } from './shipper/mysql-kept-places.js'
import { Shipper, shippedTopics } from './shipper/shipper.js'
import { shipperSignals } from './shipper/shipper-signals.js'
import { StreamLoops } from './stream-loops.js'

const dayMs = 86_400_000

/** Files → event log → panes in MySQL, within seconds. */
export class StreamLink {
  private constructor(
    readonly books: BooksService,
    private readonly loops: StreamLoops,
    private readonly disconnect: () => Promise<void>,
  ) {}

  /** @throws when what is known of the files cannot be read. */
  static async open(context: PipelineContext, database: Database): Promise<StreamLink> {
    const { config, clock, metrics, log: logger } = context
    const { GALA_DC: dc, GALA_KEY_PREFIX: prefix, GALA_EDGE_LOG_FILE: edgeLogFile, GALA_PIPELINE_DIR: dir } = config
    const [shipping, reading] = [shipperSignals(metrics), paneSignals(metrics)]
    const checkpoint = await Checkpoint.open(join(dir, 'checkpoint.json'))
    const onError = shipping.logFailed
    const log = openEventLog(config.GALA_EVENT_LOG_URL ?? config.GALA_REDIS_URL, {
      prefix,
      parts: config.GALA_EVENT_LOG_PARTS,
      clock,
      onError,
    })
    const redis = connectRedis(config.GALA_REDIS_URL, reading.audienceFailed)
    const files = new LineFiles({ spoolDir: config.GALA_SPOOL_DIR, edgeLogFile, clock })
    const kept = new KeptPlaces(() => partReaders(database, dc))
    const audiences = new RedisAudiences(redis, prefix, reading.audienceFailed)
    const store = new MysqlPaneStore({ database, dc, clock })
    const common = { files, checkpoint, kept, signals: shipping }
    const other = new LoadedFile(join(dir, 'loaded.json'), clock)
    const signal = (pid: number) => {
      process.kill(pid, 'SIGUSR1')
      logger.info({ pid }, 'the edge begins a new log file')
    }
    const edge = { pidFile: config.GALA_EDGE_PID_FILE, fileBytesMax: config.GALA_EDGE_LOG_BYTES, signal }
    const readers = shippedTopics.flatMap((topic) =>
      Array.from({ length: config.GALA_EVENT_LOG_PARTS }, (_, part) => {
        return new PanesReader({ topic, part, dc, log, store, audiences, clock, signals: reading })
      }),
    )
    const loops = new StreamLoops({
      clock,
      lease: new Lease(redis, `${prefix}pipeline:stream`),
      checkpoint,
      shipper: new Shipper({ ...common, log }),
      keeper: new FileKeeper({ ...common, other, clock, bytesMax: config.GALA_LINES_BYTES_MAX }),
      edgeLog: edgeLogFile === undefined ? undefined : new EdgeLog({ ...edge, file: edgeLogFile }),
      readers,
      upkeep: new PaneUpkeep({ database, dc, clock, keptMs: config.GALA_PANES_DAYS * dayMs }),
      shipping,
      reading,
    })
    const books = new BooksService({ database, checkpoint, dc, graceMs: config.GALA_PANE_GRACE_MS })
    return new StreamLink(books, loops, async () => {
      await log.close()
      redis.disconnect()
    })
  }

  start(): void {
    this.loops.start()
  }

  /** Ends after what is under way, so that nothing has to be sent a second time. */
  async close(): Promise<void> {
    await this.loops.stop()
    await this.disconnect()
  }
}
