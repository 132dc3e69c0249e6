import { type ChangeBus, pushLengthMax } from '@gala/bus'
import { type Control, controlKey, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { Redis } from 'ioredis'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { BUS, REDIS } from '../tokens.js'
import { ControlRepository, documentOf, type Orders } from './control.repository.js'

/** A Redis that lost the document has it back within this, once it answers. */
const lookEveryMs = 1_000
/** When the server that was read does not have a change yet, or Redis did not take the document. */
const againMs = 100
/** Heals what no message told of, and drops orders that have ended from the document. */
const readEveryMs = 5_000
const trimEveryMs = 60_000

/**
 * Keeps a document unless a newer one is there, as when another base process was faster. What cannot be read is no document.
 *
 * KEYS[1] document   ARGV[1] position  ARGV[2] document   Returns 1 when it was kept.
 */
const keepScript = `
local held = redis.call('GET', KEYS[1])
local known, document = pcall(cjson.decode, held or '')
local position = known and type(document) == 'table' and tonumber(document.position)
if position and position >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`

/**
 * Brings the orders of operators to every process of the own data centre: as one document in its Redis, and as a message
 * when it is new. Told by its own bus, so the document is read where replication has brought the change.
 */
@Injectable()
export class ControlPublisher implements OnApplicationBootstrap {
  #orders: Orders | undefined
  #document: Control | undefined
  #readAtMs = Number.NEGATIVE_INFINITY
  /** The document reflects every change up to here. */
  #readUpTo = -1
  /** Newest change heard of: the document has to reflect it. */
  #wanted = 0
  #wake = new AbortController()

  constructor(
    private readonly control: ControlRepository,
    @Inject(BUS) private readonly bus: ChangeBus,
    @Inject(REDIS) private readonly redis: Pick<Redis, 'eval'>,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
  ) {}

  /** As last read; undefined while no database server has answered since the start. */
  get orders(): Orders | undefined {
    return this.#orders
  }

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const stopped = new AbortController()
    this.bus.subscribe(({ position, tags: touched }) => {
      if (!touched.includes(tags.control) || position <= this.#wanted) return
      this.#wanted = position
      this.#wake.abort()
    })
    health.onDrain(() => {
      stopped.abort()
      this.#wake.abort()
    })
    const trim = () => this.control.trim(clock.nowMs())
    health.onDrain(clock.every(trimEveryMs, () => void trim().catch(this.signals.trimFailed)))
    void this.#run(stopped.signal)
  }

  async #run(stopped: AbortSignal) {
    while (!stopped.aborted) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      await this.#read().catch(this.signals.controlFailed)
      const kept = await this.#keep().catch(this.signals.controlFailed)
      const done = kept === true && this.#readUpTo >= this.#wanted
      await this.context.clock.sleep(done ? lookEveryMs : againMs, signal)
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
    this.#document = documentOf(orders, clock.nowMs())
    this.#readUpTo = position
    this.#readAtMs = clock.monotonicMs()
  }

  /** Resolves to true when Redis holds the document, or a newer one. */
  async #keep(): Promise<boolean> {
    if (!this.#document) return false
    const raw = JSON.stringify(this.#document)
    const key = `${this.context.config.GALA_KEY_PREFIX}${controlKey}`
    const kept = await this.redis.eval(keepScript, 1, key, this.#document.position, raw)
    // What is too long for a message is found by its readers within a second.
    if (kept === 1 && raw.length <= pushLengthMax) await this.bus.push({ key: controlKey, raw })
    return true
  }
}
