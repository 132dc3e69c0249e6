import { type Beacon, publicApi, type RouteReply } from '@gala/contracts'
import { call, type Transport } from '../call.js'
import { GalaError } from '../error.js'
import { type Batch, Batches, newId } from './batches.js'
import { thisWorld, type World } from './world.js'

const { add } = publicApi.pingbacks
const firstBatchMs = 2_000
/** However soon the platform would take the next. */
const batchLeastMs = 1_000
const pauseMs = { first: 2_000, most: 120_000 }
/** With pauses that double, some ten minutes: then what it tells of is old. */
const attemptsMax = 8
/** When nobody says for how long it is switched off. */
const offMs = 30_000

export interface PingbacksOptions {
  /** As the first screen tells it: one session in so many reports. */
  oneIn: number
  /** 8 to 64 letters, digits, dashes, underscores; made up when left out. */
  session?: string
  /** The viewer's token, if there is one: reports that come with it are theirs. */
  token?: () => string | undefined
  world?: World
}

/** What a player reports; number and time are added. */
export type Told = Omit<Beacon, 'seq' | 'at'>

export interface Pingbacks {
  readonly session: string
  /** Whether this session reports at all. Decided by chance once; it may only end. */
  readonly sampled: boolean
  /** Beacons nobody took in time. */
  readonly dropped: number
  /** Notes something that happens now. Never throws. */
  tell(told: Told): void
  /** Called before what waits is sent from a page that goes, for a last word. Returns the function that ends that. */
  beforeGone(run: () => void): () => void
  /** Sends what waits as when the page is hidden, and ends. */
  close(): void
}

/** Reports of one viewing session, sent together every few seconds, and what is left when the page is hidden. */
export function pingbacks(transport: Transport, options: PingbacksOptions): Pingbacks {
  return new Reporter(transport, options)
}

class Reporter implements Pingbacks {
  readonly session: string
  readonly #world: World
  readonly #transport: Transport
  readonly #batches = new Batches()
  /** One chance for the whole session: whoever asks for fewer gets a part of those before. */
  readonly #chance: number
  readonly #lastWords = new Set<() => void>()
  readonly #unhear: () => void
  #oneIn: number
  #seq = 0
  #closed = false
  #batchMs = firstBatchMs
  #waitUntilMs = 0
  #cancel: (() => void) | undefined
  /** What is being sent, or has to be sent again. */
  #batch: Batch | undefined
  #sending = false
  #attempts = 0
  #badToken: string | undefined

  constructor(
    transport: Transport,
    private readonly options: PingbacksOptions,
  ) {
    this.#world = options.world ?? thisWorld()
    this.session = options.session ?? newId()
    this.#oneIn = options.oneIn
    this.#chance = this.#world.random()
    const through = transport.fetch ?? fetch
    // What is under way when the page goes arrives all the same.
    this.#transport = { ...transport, fetch: (url, init) => through(url, { ...init, keepalive: true }) }
    this.#unhear = this.#world.onHidden((gone) => this.#hidden(gone))
  }

  get sampled(): boolean {
    return !this.#closed && this.#chance * this.#oneIn < 1
  }

  get dropped(): number {
    return this.#batches.dropped
  }

  tell(told: Told): void {
    if (!this.sampled) return
    this.#batches.add({ seq: this.#seq++, at: this.#world.nowMs(), ...told })
    this.#schedule()
  }

  beforeGone(run: () => void): () => void {
    this.#lastWords.add(run)
    return () => this.#lastWords.delete(run)
  }

  close(): void {
    if (this.#closed) return
    this.#hidden(true)
    this.#end()
  }

  #end() {
    this.#closed = true
    this.#unhear()
    this.#cancel?.()
    this.#batches.clear()
    this.#batch = undefined
  }

  #schedule() {
    if (this.#cancel || this.#sending || this.#closed) return
    const leftMs = this.#waitUntilMs - this.#world.nowMs()
    this.#cancel = this.#world.after(Math.max(this.#batch ? 0 : this.#batchMs, leftMs), () => {
      this.#cancel = undefined
      void this.#send()
    })
  }

  async #send() {
    this.#batch ??= this.#batches.next(this.#world.nowMs())
    const batch = this.#batch
    if (!batch) return
    this.#sending = true
    const token = this.#token()
    try {
      const { data } = await call(this.#transport, add, { body: this.#body(batch, token) }, { retriesMax: 0 })
      this.#taken(data)
    } catch (error) {
      this.#refused(error, token)
    } finally {
      this.#sending = false
    }
    if (this.#batch || this.#batches.size > 0) this.#schedule()
  }

  #taken({ nextBatchMs, sampleOneIn }: RouteReply<typeof add>) {
    this.#batch = undefined
    this.#attempts = 0
    this.#batchMs = Math.max(batchLeastMs, nextBatchMs)
    this.#oneIn = sampleOneIn
    if (!this.sampled) this.#batches.clear()
  }

  #refused(error: unknown, token: string | undefined) {
    const { code, retryable, retryAfterMs } =
      error instanceof GalaError ? error : new GalaError('NETWORK', String(error))
    if (code === 'PINGBACKS_OFF') return this.#end()
    if (token !== undefined && (code === 'UNAUTHENTICATED' || code === 'TOKEN_EXPIRED')) {
      // Better nobody's than not at all.
      this.#badToken = token
      return
    }
    this.#attempts++
    if (!retryable || this.#attempts >= attemptsMax) {
      this.#batches.dropped += this.#batch?.beacons.length ?? 0
      this.#batch = undefined
      this.#attempts = 0
    }
    const mostMs = Math.min(pauseMs.most, pauseMs.first * 2 ** this.#attempts)
    const ownMs = mostMs * (0.5 + this.#world.random() / 2)
    const toldMs = retryAfterMs ?? (code === 'SWITCHED_OFF' ? offMs : 0)
    this.#waitUntilMs = this.#world.nowMs() + Math.max(toldMs, ownMs)
  }

  #token(): string | undefined {
    const token = this.options.token?.()
    return token === this.#badToken ? undefined : token
  }

  #body({ id, beacons }: Batch, token: string | undefined) {
    const sentAt = this.#world.nowMs()
    return { session: this.session, batch: id, ...(token !== undefined && { token }), sentAt, beacons }
  }

  /** Everything that waits goes now, by the one way that outlives a page. Nobody hears what becomes of it. Not while told to stay away. */
  #hidden(gone: boolean) {
    if (this.#closed) return
    if (gone) for (const say of [...this.#lastWords]) say()
    if (this.#world.nowMs() < this.#waitUntilMs) return
    const own = this.#sending ? undefined : this.#batch
    if (own) this.#batch = undefined
    for (let batch = own ?? this.#next(); batch; batch = this.#next()) this.#handOver(batch)
  }

  #next = () => this.#batches.next(this.#world.nowMs())

  #handOver(batch: Batch) {
    const { baseUrl } = this.#transport
    const body = this.#body(batch, this.#token())
    if (this.#world.beacon(baseUrl + add.path, JSON.stringify(body))) return
    // Under the same name, so that it does no harm if both arrive.
    call(this.#transport, add, { body }, { retriesMax: 0 }).catch(() => {
      this.#batches.dropped += batch.beacons.length
    })
  }
}
