import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog, Run, Topic } from '@gala/eventlog'
import { MemoryEventLog, MemoryParts } from '@gala/eventlog/testing'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { Registry } from 'prom-client'
import { MemoryPaneStore, type PlantedStoreFaults } from './panes/memory-pane-store.js'
import { paneSignals } from './panes/pane-signals.js'
import { PanesReader } from './panes/panes-reader.js'
import { beaconLine, requestLine } from './rows/line-builders.js'
import { Checkpoint } from './shipper/checkpoint.js'
import { FileKeeper } from './shipper/file-keeper.js'
import { KeptPlaces } from './shipper/kept-places.js'
import { LineFiles } from './shipper/line-files.js'
import { Shipper, shippedTopics } from './shipper/shipper.js'
import { shipperSignals } from './shipper/shipper-signals.js'

/** A process ends here. */
class Killed extends Error {}

export interface PlantedFaults extends PlantedStoreFaults {
  /** A file goes once the log has acknowledged it, and nobody looks whether its reader got it. */
  trustsLog?: boolean
  /** The checkpoint is saved before the log has acknowledged. */
  savesFirst?: boolean
}

interface Sender {
  shipper: Shipper
  keeper: FileKeeper
  checkpoint: Checkpoint
}

const parts = 2

/** Few runs, so that a log with something left in it is soon full. */
const logBytesMax = 4_096

/** The stream link with real files, a log that may lose everything, and processes that may end between any two steps. */
export class LinkRig {
  readonly dir = mkdtempSync(join(tmpdir(), 'gala-link-'))
  readonly clock = new VirtualClock()
  readonly store: MemoryPaneStore
  readonly shared = new MemoryParts()
  readonly written: Record<'requests' | 'beacons', number> = { requests: 0, beacons: 0 }
  readonly random: () => number
  /** What a process of now may end at: the chance. */
  danger = 0
  bytesMax = Number.MAX_SAFE_INTEGER
  #sender: Sender | undefined
  /** Whoever commits has been replaced meanwhile. */
  #overtaken = false
  readonly #readers: PanesReader[] = []
  readonly #registry = new Registry()
  readonly #shipperSignals = shipperSignals(this.#registry)
  readonly #paneSignals = paneSignals(this.#registry)

  constructor(
    seed: number,
    private readonly planted: PlantedFaults = {},
  ) {
    this.random = seededRandom(seed)
    this.store = new MemoryPaneStore(planted)
    this.store.between = () => this.mayEnd()
    this.store.before = async (topic, part) => {
      if (this.#overtaken || this.random() >= this.danger) return
      this.#overtaken = true
      await this.#other(topic, part)
        .step(0)
        .catch(() => {})
      this.#overtaken = false
    }
    mkdirSync(join(this.dir, 'spool'))
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  mayEnd() {
    if (this.random() < this.danger) throw new Killed()
  }

  /** A few lines at once, as nginx and spools write them. */
  write(topic: 'requests' | 'beacons', count: number) {
    const lines = Array.from({ length: count }, () => {
      const n = this.written[topic]++
      const atMs = this.clock.nowMs() - this.below(120_000)
      if (topic === 'beacons') return beaconLine({ id: `session-1-${n}`, at: atMs })
      return requestLine({ request_id: n.toString(16).padStart(32, '0'), msec: atMs / 1_000 })
    })
    appendFileSync(this.#current(topic), `${lines.join('\n')}\n`)
  }

  rotate(topic: 'requests' | 'beacons') {
    const file = this.#current(topic)
    if (!existsSync(file) || statSync(file).size === 0) return
    const numbers = readdirSync(join(file, '..')).map((name) => Number(/\.(\d{6})\.log$/.exec(name)?.[1] ?? 0))
    renameSync(file, file.replace(/\.log$/, `.${String(Math.max(0, ...numbers) + 1).padStart(6, '0')}.log`))
    writeFileSync(file, '')
  }

  async send(): Promise<void> {
    await this.#asProcess(async () => {
      await (await this.#senderOf()).shipper.step()
    })
  }

  async lookAtReaders(): Promise<void> {
    if (this.planted.trustsLog) return
    await this.#asProcess(async () => await (await this.#senderOf()).shipper.look(0))
  }

  async keepFiles(): Promise<void> {
    await this.#asProcess(async () => await (await this.#senderOf()).keeper.step())
  }

  async read(topic: Topic, part: number): Promise<void> {
    const reader = this.#reader(topic, part)
    await this.#asProcess(async () => void (await reader.step(0)))
  }

  async fold(topic: Topic, part: number): Promise<void> {
    await this.#asProcess(
      async () => void (await this.#reader(topic, part).fold(this.clock.nowMs() - this.below(120_000))),
    )
  }

  /** Another process takes over, and the one before goes on as if nothing were. */
  replaceReader(topic: Topic, part: number) {
    const other = this.#other(topic, part)
    const at = this.#at(topic, part)
    this.#readers[at + shippedTopics.length * parts] = this.#reader(topic, part)
    this.#readers[at] = other
  }

  #other(topic: Topic, part: number): PanesReader {
    const at = this.#at(topic, part) + shippedTopics.length * parts
    const other = this.#readers[at] ?? this.#newReader(topic, part)
    this.#readers[at] = other
    return other
  }

  killSender() {
    this.#sender = undefined
  }

  /** Everything goes well from now on, until nothing is left to do. */
  async settle(): Promise<void> {
    this.danger = 0
    this.shared.away = false
    for (let round = 0; round < 40; round++) {
      await this.send()
      await this.lookAtReaders()
      for (const topic of shippedTopics) for (let part = 0; part < parts; part++) await this.read(topic, part)
      await this.clock.advance(10_000)
      await this.keepFiles()
    }
  }

  counts(topic: 'requests' | 'beacons') {
    const sums = { read: 0, shipped: 0, lost: 0, torn: 0 }
    for (const count of this.#sender?.checkpoint.counts(topic, 0, Number.MAX_SAFE_INTEGER).values() ?? []) {
      for (const what of ['read', 'shipped', 'lost', 'torn'] as const) sums[what] += count[what]
    }
    return sums
  }

  rolledUp(topic: 'requests' | 'beacons'): number {
    return this.store.panes(topic).reduce((sum, { sums }) => sum + sums[topic], 0)
  }

  files(): string[] {
    return [this.dir, join(this.dir, 'spool')].flatMap((dir) =>
      readdirSync(dir).filter((file) => file.endsWith('.log')),
    )
  }

  close() {
    rmSync(this.dir, { recursive: true })
  }

  async #asProcess(work: () => Promise<void>) {
    try {
      await work()
    } catch (error) {
      // Whatever it had in memory is gone, whatever it had written is there.
      if (error instanceof Killed) this.#sender = undefined
      else if (!this.shared.away) throw error
    }
  }

  async #senderOf(): Promise<Sender> {
    this.#sender ??= await this.#open()
    return this.#sender
  }

  async #open(): Promise<Sender> {
    const { dir, clock } = this
    const signals = this.#shipperSignals
    const file = join(dir, 'checkpoint.json')
    const checkpoint = await Checkpoint.open(file, async (text) => {
      this.mayEnd()
      writeFileSync(file, text)
      this.mayEnd()
    })
    const files = new LineFiles({
      spoolDir: join(dir, 'spool'),
      edgeLogFile: join(dir, 'access.log'),
      clock,
      runBytesMax: 2_048,
    })
    const kept = this.planted.trustsLog ? trusting(checkpoint) : new KeptPlaces(async () => this.#standings())
    await kept.refresh()
    const log = this.#log(checkpoint)
    const other = { placeOf: async () => undefined }
    const common = { files, checkpoint, kept, signals }
    return {
      shipper: new Shipper({ ...common, log }),
      keeper: new FileKeeper({ ...common, other, clock, bytesMax: this.bytesMax }),
      checkpoint,
    }
  }

  #standings() {
    return this.store.standings().map(({ topic, part, standing }) => ({ topic, part, ...standing }))
  }

  /** The way to the log may end before a run is there, or before anybody hears that it is. */
  #log(checkpoint: Checkpoint): EventLog {
    const log = this.#memoryLog()
    const append = log.append.bind(log)
    log.append = async (topic: Topic, run: Run) => {
      if (this.planted.savesFirst) {
        checkpoint.set(run.source, topic, { shipped: run.to, furthest: run.to })
        await checkpoint.save()
      }
      this.mayEnd()
      const offset = await append(topic, run)
      this.mayEnd()
      return offset
    }
    return log
  }

  #reader(topic: Topic, part: number): PanesReader {
    const at = this.#at(topic, part)
    const reader = this.#readers[at] ?? this.#newReader(topic, part)
    this.#readers[at] = reader
    return reader
  }

  #memoryLog = () => new MemoryEventLog({ clock: this.clock, parts, shared: this.shared, bytesMax: logBytesMax })

  #newReader(topic: Topic, part: number): PanesReader {
    const log = this.#memoryLog()
    const release = log.release.bind(log)
    log.release = async (...what) => {
      this.mayEnd()
      return release(...what)
    }
    return new PanesReader({
      topic,
      part,
      dc: 'dc-a',
      log,
      store: this.store,
      audiences: { hear: async () => [] },
      clock: this.clock,
      signals: this.#paneSignals,
    })
  }

  #at(topic: Topic, part: number) {
    return shippedTopics.indexOf(topic) * parts + part
  }

  #current(topic: 'requests' | 'beacons') {
    return topic === 'requests' ? join(this.dir, 'access.log') : join(this.dir, 'spool', 'beacons.one.log')
  }
}

function trusting(checkpoint: Checkpoint): KeptPlaces {
  const kept = new KeptPlaces(async () => [])
  kept.placeOf = (source) => checkpoint.of(source)?.shipped ?? 0
  return kept
}
