import type { ChangeBus } from '@gala/bus'
import type { Change } from '@gala/contracts'
import type { Database } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { BUS, DATABASE } from '../tokens.js'

const pollEveryMs = 50
const heartbeatEveryMs = 200
const batchMax = 500
/** Redis that comes back, or a master that takes over, is heard of everywhere within this and a heartbeat. */
const pauseMaxMs = 250

/**
 * Announces committed changes on the bus of the own data centre (DC), in order and at least once.
 *
 * It reads the outbox from the DC's *own* database server. In a DC with a replica that makes replication the carrier
 * between DCs: a change is announced there when the replica holds it, so nobody is told to read what is not there yet.
 * Two relays in one DC announce everything twice, which positions make harmless.
 */
@Injectable()
export class RelayService implements OnApplicationBootstrap {
  #position: number | undefined
  #heartbeatAtMs = Number.NEGATIVE_INFINITY
  #wake = new AbortController()

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BUS) private readonly bus: ChangeBus,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
  ) {}

  /** Position of the newest change announced here. */
  get position(): number {
    return this.#position ?? 0
  }

  onApplicationBootstrap() {
    const stopped = new AbortController()
    this.context.health.onDrain(() => {
      stopped.abort()
      this.nudge()
    })
    void this.#run(stopped.signal)
  }

  /** Looks at once: this process has just written something. */
  nudge() {
    this.#wake.abort()
  }

  async #run(stopped: AbortSignal) {
    let pauseMs = pollEveryMs
    while (!stopped.aborted) {
      this.#wake = new AbortController()
      try {
        await this.#step()
        pauseMs = pollEveryMs
      } catch (error) {
        // Whatever was not announced is still in the outbox; the next step begins there.
        this.signals.relayPaused(error)
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs)
      }
      await this.context.clock.sleep(pauseMs, this.#wake.signal)
    }
  }

  async #step() {
    this.#position ??= await this.#lastAnnounced()
    let lookedAtMs: number
    for (;;) {
      lookedAtMs = this.context.clock.monotonicMs()
      const { changes, upTo } = await this.database.changesAfter(this.#position, batchMax)
      // Away for longer than the outbox remembers: what was changed meanwhile nobody can say.
      if (changes.length < upTo - this.#position) await this.#skip(upTo)
      await this.#publish(changes)
      this.#position = upTo
      if (changes.length < batchMax) break
    }
    const nowMs = this.context.clock.monotonicMs()
    if (nowMs - this.#heartbeatAtMs >= heartbeatEveryMs) {
      await this.bus.heartbeat(this.#position, lookedAtMs)
      this.#heartbeatAtMs = nowMs
    }
  }

  async #skip(upTo: number) {
    await this.bus.forget(upTo)
    this.signals.relaySkipped(this.#position ?? 0, upTo)
  }

  /** A batch that failed is sent again, all of it. */
  async #publish(changes: readonly Change[]) {
    await this.bus.publish(changes)
    for (const change of changes) {
      this.#position = change.position
      this.signals.relayed(this.context.clock.nowMs() - change.atMs)
    }
  }

  /**
   * Where the last relay stopped. When nobody remembers, at the present: the heartbeat that says so covers everything
   * before it with a floor.
   */
  async #lastAnnounced(): Promise<number> {
    return (await this.bus.announced()) ?? (await this.database.read(async () => {})).position
  }
}
