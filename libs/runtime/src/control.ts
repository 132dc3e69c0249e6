import type { ChangeBus } from '@gala/bus'
import { type Control, controlKey, controlSchema, parseStored } from '@gala/contracts'
import type { Redis } from 'ioredis'
import { Counter } from 'prom-client'
import type { AppContext } from './context.js'
import { gauged } from './metrics.js'

/** The document comes with a message when it changes; this finds what no message brought. */
const pollEveryMs = 1000

/** What operators have ordered, as this process obeys it. */
export interface ControlFollower {
  readonly current: Control
  /** Everything ordered up to here is applied. 0 before the first document. */
  readonly position: number
  /** When the current document was applied (Unix milliseconds). */
  readonly appliedAtMs: number | undefined
  /** The pool that requests about this have been moved to; undefined: none. */
  poolOf(subject: string): string | undefined
  /** Calls `take` with the current document now, and with every newer one when it is applied. */
  onApply(take: (control: Control) => void): void
}

/**
 * Follows the orders of operators: whole documents, each of which replaces the one before when its position is higher. One
 * that cannot be read is counted and left alone. While Redis is gone the last one holds; when an order ends is for
 * whoever obeys it to know, by its `expiresAt`. Ends when the process drains.
 */
export function followControl(
  context: AppContext,
  bus: Pick<ChangeBus, 'onPush'>,
  redis: Pick<Redis, 'get'>,
): ControlFollower {
  const { clock, config, health, metrics, reports } = context
  const follower = new Follower(context)
  const key = `${config.GALA_KEY_PREFIX}${controlKey}`
  bus.onPush((value) => {
    if (value.key === controlKey) follower.offer(value.raw)
  })
  let busy = false
  const poll = async () => {
    if (busy) return
    busy = true
    // A Redis that is gone is told of by those who watch it; the orders stay as they are.
    const raw = await redis.get(key).catch(() => null)
    if (raw !== null) follower.offer(raw)
    busy = false
  }
  void poll()
  health.onDrain(clock.every(pollEveryMs, () => void poll()))
  gauged(metrics, 'gala_control_position', 'Position up to which orders of operators are applied', () => {
    return follower.position
  })
  reports.control = () => ({
    position: follower.position,
    appliedAt: follower.appliedAtMs === undefined ? null : new Date(follower.appliedAtMs).toISOString(),
  })
  return follower
}

class Follower implements ControlFollower {
  current: Control = { position: 0, breakers: [], moves: [], switches: [], levels: [] }
  appliedAtMs: number | undefined
  readonly #takers: ((control: Control) => void)[] = []
  readonly #unreadable: Counter
  /** The current document as it came: every look finds it again. */
  #raw = ''
  #pools: ReadonlyMap<string, string> = new Map()
  #readable = true

  constructor(private readonly context: AppContext) {
    this.#unreadable = new Counter({
      name: 'gala_control_unreadable_total',
      help: 'Documents of orders that could not be read',
      registers: [context.metrics],
    })
  }

  get position() {
    return this.current.position
  }

  poolOf(subject: string) {
    return this.#pools.get(subject)
  }

  onApply(take: (control: Control) => void) {
    this.#takers.push(take)
    this.#hand(take)
  }

  offer(raw: string) {
    if (raw === this.#raw) return
    const control = parseStored(controlSchema, raw)
    if (!control) return this.#refuse()
    this.#readable = true
    if (control.position <= this.position) return
    this.#raw = raw
    this.current = control
    this.#pools = new Map(control.moves.map(({ event, pool }) => [event, pool]))
    this.appliedAtMs = this.context.clock.nowMs()
    for (const take of this.#takers) this.#hand(take)
    const { position, breakers, moves } = control
    this.context.log.info({ position, orders: breakers.length, moves: moves.length }, 'orders applied')
  }

  /** Every process gets the same document: one that somebody fails at must not end them all. */
  #hand(take: (control: Control) => void) {
    try {
      take(this.current)
    } catch (err) {
      this.context.log.error({ err }, 'orders could not be applied')
    }
  }

  /** One line for as long as it lasts: the same rubbish is found at every look. */
  #refuse() {
    this.#unreadable.inc()
    if (this.#readable) this.context.log.error('the orders of operators cannot be read: the last ones stay in force')
    this.#readable = false
  }
}
