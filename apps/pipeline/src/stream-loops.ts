import type { Clock } from '@gala/kernel'
import type { PaneSignals } from './panes/pane-signals.js'
import type { PaneUpkeep } from './panes/pane-upkeep.js'
import type { PanesReader } from './panes/panes-reader.js'
import type { Checkpoint } from './shipper/checkpoint.js'
import type { EdgeLog } from './shipper/edge-log.js'
import type { FileKeeper } from './shipper/file-keeper.js'
import type { Lease } from './shipper/lease.js'
import type { Shipper, Step } from './shipper/shipper.js'
import type { ShipperSignals } from './shipper/shipper-signals.js'

interface StreamLoopsOptions {
  clock: Clock
  lease: Lease
  checkpoint: Checkpoint
  shipper: Shipper
  keeper: FileKeeper
  edgeLog: EdgeLog | undefined
  readers: readonly PanesReader[]
  upkeep: PaneUpkeep
  shipping: ShipperSignals
  reading: PaneSignals
}

/** How soon files are looked at again, by what the last look came to; blocked, twice as late each time. */
const againMs: Record<Step, number> = { sent: 100, idle: 500, blocked: 250 }
const pauseMaxMs = 5_000
const lookEveryMs = 1_000
const keepEveryMs = 5_000
/** One commit of a part in a second, however much comes. */
const commitEveryMs = 1_000
const waitMs = 2_000
const pauseMinMs = 20
const foldEveryMs = 60_000
/** For an hour the links are held against each other in panes of ten seconds. */
const foldAfterMs = 7_200_000
const upkeepEveryMs = 600_000

/** What the stream link does again and again while this process has the lease. Whatever fails is done again later, and later still. */
export class StreamLoops {
  readonly #stopped = new AbortController()
  #running: Promise<void>[] = []
  /** When readers and files were last seen to. */
  #lookedMs = Number.NEGATIVE_INFINITY
  #keptMs = Number.NEGATIVE_INFINITY

  constructor(private readonly options: StreamLoopsOptions) {}

  start(): void {
    const { lease, readers } = this.options
    this.#running = [this.#lead(lease), this.#send(), this.#keepUp(), ...readers.map((reader) => this.#read(reader))]
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#running)
    // Gone with its time otherwise.
    await this.options.lease.give().catch(() => {})
  }

  async #lead(lease: Lease) {
    while (!this.#stopped.signal.aborted) {
      await lease.take()
      await this.options.clock.sleep(lookEveryMs, this.#stopped.signal)
    }
  }

  /** Files and checkpoint have one owner: what is sent and what is deleted never meet. */
  async #send() {
    const { shipper, checkpoint, lease, clock, shipping } = this.options
    let turn = lease.turns
    let pauseMs = againMs.idle
    await this.#repeat(async () => {
      let step: Step = 'blocked'
      try {
        // Another process has gone on from there meanwhile.
        if (turn !== lease.turns) await checkpoint.reload()
        turn = lease.turns
        step = await shipper.step()
        if (clock.monotonicMs() - this.#lookedMs >= lookEveryMs) await this.#look()
      } catch (error) {
        shipping.keepingFailed(error)
      }
      pauseMs = step === 'blocked' ? Math.min(2 * pauseMs, pauseMaxMs) : againMs[step]
      return pauseMs
    })
  }

  async #look() {
    const { shipper, keeper, edgeLog, clock, shipping } = this.options
    this.#lookedMs = clock.monotonicMs()
    const keeps = this.#lookedMs - this.#keptMs >= keepEveryMs
    if (keeps) this.#keptMs = this.#lookedMs
    const looks = [() => edgeLog?.look(), () => shipper.look(), () => (keeps ? keeper.step() : undefined)]
    for (const look of looks) {
      try {
        await look()
      } catch (error) {
        shipping.keepingFailed(error)
      }
    }
  }

  async #read(reader: PanesReader) {
    const { clock, reading } = this.options
    let foldedMs = clock.monotonicMs()
    let pauseMs = commitEveryMs
    await this.#repeat(async () => {
      const beganMs = clock.monotonicMs()
      try {
        const lines = await reader.step(waitMs)
        if (beganMs - foldedMs >= foldEveryMs && !(await reader.fold(clock.nowMs() - foldAfterMs))) foldedMs = beganMs
        pauseMs = commitEveryMs
        // Nothing counted: it has waited already, or there is more behind what had been counted before.
        return lines > 0 ? Math.max(pauseMinMs, commitEveryMs - (clock.monotonicMs() - beganMs)) : pauseMinMs
      } catch (error) {
        reading.readFailed(error)
        pauseMs = Math.min(2 * pauseMs, pauseMaxMs)
        return pauseMs
      }
    })
  }

  async #keepUp() {
    const { upkeep, reading } = this.options
    await this.#repeat(async () => {
      await upkeep.run().catch(reading.readFailed)
      return upkeepEveryMs
    })
  }

  /** Until it is stopped, while no other process has the lease. `work` says how long to wait after it. */
  async #repeat(work: () => Promise<number>) {
    const { clock, lease } = this.options
    while (!this.#stopped.signal.aborted) {
      const pauseMs = lease.mine ? await work() : lookEveryMs
      await clock.sleep(pauseMs, this.#stopped.signal)
    }
  }
}
