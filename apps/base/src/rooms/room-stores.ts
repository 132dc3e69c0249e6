import { AppError } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'

/** The rooms of each data centre, own first. */
export const ROOM_STORES = Symbol('ROOM_STORES')

/** What one data centre has answered; null: it did not, or not in time. */
interface Answered<T> {
  dc: string
  value: T | null
}

/** For what operators order. What they look at every second waits less: see `each`. */
const orderWithinMs = 1_000

/** Asks the rooms of all data centres, each for a limited time: one that is lost keeps nobody from the others. */
@Injectable()
export class RoomStores {
  constructor(
    @Inject(ROOM_STORES) private readonly stores: readonly RoomStore[],
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    @Inject(SIGNALS) private readonly signals: Pick<BaseSignals, 'redisFailed'>,
  ) {}

  /** All of them at once. */
  async each<T>(ask: (store: RoomStore) => Promise<T>, withinMs = orderWithinMs): Promise<Answered<T>[]> {
    return await Promise.all(
      this.stores.map(async (store) => ({ dc: store.dc, value: await this.#asked(store, ask, withinMs) })),
    )
  }

  /** That of one data centre, or else the own one, or when it does not answer the next. @throws AppError ROOM_UNAVAILABLE. */
  async first<T>(ask: (store: RoomStore) => Promise<T>, dc?: string): Promise<T> {
    const nearest = this.stores.filter((store) => store.dc === dc)
    for (const store of new Set([...nearest, ...this.stores])) {
      const value = await this.#asked(store, ask, orderWithinMs)
      if (value !== null) return value
    }
    throw unavailable('the rooms of no data centre')
  }

  /** That of one data centre. @throws AppError MESSAGE_NOT_FOUND when there is none of that name; ROOM_UNAVAILABLE. */
  async at<T>(dc: string, ask: (store: RoomStore) => Promise<T>): Promise<T> {
    const store = this.stores.find((of) => of.dc === dc)
    if (!store) throw new AppError('MESSAGE_NOT_FOUND', `there is no data centre ${dc}`)
    const value = await this.#asked(store, ask, orderWithinMs)
    if (value === null) throw unavailable(`the rooms of ${dc}`)
    return value
  }

  async #asked<T>(store: RoomStore, ask: (store: RoomStore) => Promise<T>, withinMs: number): Promise<T | null> {
    try {
      return await inTime(this.context.clock, withinMs, ask(store))
    } catch (error) {
      if (error instanceof AppError) throw error
      this.signals.redisFailed()
      return null
    }
  }
}

const unavailable = (what: string) => new AppError('ROOM_UNAVAILABLE', `${what} cannot be reached right now`)

async function inTime<T>(clock: Clock, withinMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = clock.sleep(withinMs, over.signal).then(() => {
    throw new Error('does not answer in time')
  })
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
