import type { ChangeBus } from '@gala/bus'
import {
  type Automatic,
  automaticActSchema,
  automaticKey,
  automaticSchema,
  type Control,
  controlKey,
  controlSchema,
  levelOrderSchema,
  switchOrderSchema,
} from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { Counter } from 'prom-client'
import { z } from 'zod'
import type { AppContext } from './context.js'
import { ControlFile } from './control-file.js'
import { type DocumentSpec, FollowedDocument } from './followed-document.js'
import { gauged } from './metrics.js'

/** A document comes with a message when it changes; this finds what no message brought. */
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
 * Follows the orders of operators and what rules have raised: whole documents, each of which replaces the one before when it
 * is newer. One that cannot be read is counted, told and left alone. While Redis is gone the last one holds, and with `file`
 * it outlives the process: one that starts while nobody can be asked obeys what was last known. When an order ends is for
 * whoever obeys it to know, by its `expiresAt`. Ends when the process drains.
 */
export function followControl(
  context: AppContext,
  bus: Pick<ChangeBus, 'onPush'>,
  redis: Pick<Redis, 'get'>,
  file?: string,
): ControlFollower {
  const { clock, config, health, metrics, reports } = context
  const follower = new Follower(context, file)
  const documents = [follower.control, follower.automatic]
  bus.onPush(({ key, raw }) => follower.offer(key, raw))
  const poll = oneAtATime(async () => {
    await Promise.all(
      documents.map(async ({ spec: { key } }) => {
        // A Redis that is gone is told of by those who watch it; the orders stay as they are.
        const raw = await redis.get(`${config.GALA_KEY_PREFIX}${key}`).catch(() => null)
        if (raw !== null) follower.offer(key, raw)
      }),
    )
  })
  void poll()
  health.onDrain(clock.every(pollEveryMs, () => void poll()))
  health.onDrain(() => context.switches.close())
  gauged(metrics, 'gala_control_position', 'Position up to which orders of operators are applied', () => {
    return follower.position
  })
  gauged(metrics, 'gala_switch_level', 'Level in force here, 0 to 4', () => context.switches.level)
  reports.control = () => ({
    position: follower.position,
    appliedAt: follower.appliedAtMs === undefined ? null : new Date(follower.appliedAtMs).toISOString(),
    refused: follower.control.refused,
  })
  return follower
}

class Follower implements ControlFollower {
  readonly control = new FollowedDocument(controlDocument)
  readonly automatic = new FollowedDocument(automaticDocument)
  appliedAtMs: number | undefined
  readonly #takers: ((control: Control) => void)[] = []
  readonly #unreadable: Counter
  #file: ControlFile | undefined
  #pools: ReadonlyMap<string, string> = new Map()
  #readable = true

  constructor(
    private readonly context: AppContext,
    file: string | undefined,
  ) {
    this.#unreadable = new Counter({
      name: 'gala_control_unreadable_total',
      help: 'Documents of orders that could not be read',
      registers: [context.metrics],
    })
    const kept = file === undefined ? undefined : new ControlFile(file, context.log)
    for (const [key, raw] of kept?.read() ?? []) this.offer(key, raw)
    this.#file = kept
  }

  get current() {
    return this.control.current
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

  offer(key: string, raw: string) {
    if (key === controlKey && this.#newer(this.control, raw)) this.#obey()
    if (key === automaticKey && this.#newer(this.automatic, raw)) this.#raise()
  }

  #newer<T>(document: FollowedDocument<T>, raw: string): boolean {
    const offered = document.offer(raw)
    if (offered === 'unreadable') this.#refuse(document.refused)
    else this.#readable = true
    return offered === 'applied'
  }

  #obey() {
    const { position, breakers, moves, switches, levels } = this.current
    this.#pools = new Map(moves.map(({ event, pool }) => [event, pool]))
    this.context.switches.obey({ switches, levels })
    for (const take of this.#takers) this.#hand(take)
    this.appliedAtMs = this.context.clock.nowMs()
    this.#keep()
    const counts = { breakers: breakers.length, moves: moves.length, switches: switches.length, levels: levels.length }
    this.context.log.info({ position, ...counts, left: this.control.refused }, 'orders applied')
  }

  #raise() {
    const { acts, version } = this.automatic.current
    this.context.switches.raise(acts)
    this.#keep()
    this.context.log.info({ version, acts: acts.map(({ key, rung }) => `${key}: ${rung}`) }, 'rules applied')
  }

  #keep() {
    const { control, automatic } = this
    this.#file?.keep([control, automatic].map(({ spec, raw }) => [spec.key, raw]))
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
  #refuse(why: string | null) {
    this.#unreadable.inc()
    if (this.#readable) {
      this.context.log.error({ why }, 'the orders of operators cannot be read: the last ones stay in force')
    }
    this.#readable = false
  }
}

/** A switch that a newer release knows is nothing to this one; the rest of the document is. */
function understood<T>(schema: z.ZodType<T>, items: readonly unknown[]): { known: T[]; left: number } {
  const known = items.flatMap((item) => {
    const parsed = schema.safeParse(item)
    return parsed.success ? [parsed.data] : []
  })
  return { known, left: items.length - known.length }
}

const told = (left: number) => (left === 0 ? null : `${left} of its orders are not known to this release`)
const loose = controlSchema.extend({
  switches: z.array(z.unknown()).default([]),
  levels: z.array(z.unknown()).default([]),
})

const controlDocument: DocumentSpec<Control> = {
  key: controlKey,
  first: { position: 0, breakers: [], moves: [], switches: [], levels: [], weights: [] },
  versionOf: ({ position }) => position,
  read: (value) => {
    const { switches, levels, ...rest } = loose.parse(value)
    const orders = understood(switchOrderSchema, switches)
    const cuts = understood(levelOrderSchema, levels)
    const document = { ...rest, switches: orders.known, levels: cuts.known }
    return { document, left: told(orders.left + cuts.left) }
  },
}

const automaticDocument: DocumentSpec<Automatic> = {
  key: automaticKey,
  first: { version: 0, acts: [] },
  versionOf: ({ version }) => version,
  read: (value) => {
    const { acts, version } = automaticSchema.extend({ acts: z.array(z.unknown()) }).parse(value)
    const { known, left } = understood(automaticActSchema, acts)
    return { document: { version, acts: known }, left: told(left) }
  },
}
