import type { ChangeBus } from '@gala/bus'
import { tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { BUS, STORES } from '../tokens.js'
import { ControlRepository, documentOf, type Orders } from './control.repository.js'
import type { DcStore } from './dc-stores.js'
import { DocumentKeeper } from './document-keeper.js'

const lookEveryMs = 1_000
/** When the server that was read does not have a change yet. */
const againMs = 100
/** Heals what no message told of, and drops orders that have ended from the document. */
const readEveryMs = 5_000
const trimEveryMs = 60_000

/**
 * Brings the orders of operators to every process: as one document in the Redis of each data centre, and as a message when it
 * is new. Told by its own bus, so the document is read where replication has brought the change. Every base does so for every
 * data centre: one that has lost its base, or its database, hears from the others.
 */
@Injectable()
export class ControlPublisher implements OnApplicationBootstrap {
  readonly #keepers: readonly DocumentKeeper[]
  #orders: Orders | undefined
  #readAtMs = Number.NEGATIVE_INFINITY
  /** The document reflects every change up to here. */
  #readUpTo = -1
  /** Newest change heard of: the document has to reflect it. */
  #wanted = 0
  #wake = new AbortController()

  constructor(
    private readonly control: ControlRepository,
    @Inject(BUS) private readonly bus: ChangeBus,
    @Inject(STORES) stores: readonly DcStore[],
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
  ) {
    const { clock, config } = context
    this.#keepers = stores.map(
      (store) => new DocumentKeeper(store, config.GALA_KEY_PREFIX, clock, signals.controlFailed),
    )
  }

  /** As last read; undefined while no database server has answered since the start. */
  get orders(): Orders | undefined {
    return this.#orders
  }

  /** Newest change of orders that was heard of. */
  get wanted(): number {
    return this.#wanted
  }

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const stopped = new AbortController()
    this.bus.subscribe(({ position, tags: touched }) => {
      if (touched.includes(tags.control)) this.expect(position)
    })
    health.onDrain(() => {
      stopped.abort()
      this.#wake.abort()
    })
    const trim = () => this.control.trim(clock.nowMs())
    health.onDrain(clock.every(trimEveryMs, () => void trim().catch(this.signals.trimFailed)))
    void this.#run(stopped.signal)
    for (const keeper of this.#keepers) void keeper.run(stopped.signal)
  }

  /** Something was ordered at this position: it is brought out as soon as it can be read. */
  expect(position: number) {
    if (position <= this.#wanted) return
    this.#wanted = position
    this.#wake.abort()
  }

  async #run(stopped: AbortSignal) {
    while (!stopped.aborted) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      await this.#read().catch(this.signals.controlFailed)
      await this.context.clock.sleep(this.#readUpTo >= this.#wanted ? lookEveryMs : againMs, signal)
    }
  }

  async #read() {
    const { clock } = this.context
    const due = clock.monotonicMs() - this.#readAtMs >= readEveryMs
    if (!due && this.#readUpTo >= this.#wanted) return
    const { value: orders, position } = await this.control.read(this.#wanted)
    // Another server may have been asked than the last time, and be behind it.
    if (position < this.#readUpTo) return
    this.#orders = orders
    const document = documentOf(orders, clock.nowMs())
    for (const keeper of this.#keepers) keeper.offer(document)
    this.#readUpTo = position
    this.#readAtMs = clock.monotonicMs()
  }
}
