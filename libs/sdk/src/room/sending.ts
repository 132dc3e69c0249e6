import { errorCodes, isErrorCode } from '@gala/contracts'
import { GalaError } from '../error.js'
import { type FeedKeeper, ownKey } from './feed.js'
import { codeOf, type Fate, Outbox, type Outgoing, type Refusal, type Say, type Sent } from './outbox.js'
import type { Taken, World } from './world.js'

export interface SendingWays {
  /** Over the socket, if there is one that takes messages. */
  socket(outgoing: Outgoing): void
  post(outgoing: Outgoing): Promise<Taken>
  hasSocket(): boolean
}

/** Brings what a viewer says to the platform, by whatever way there is, and what becomes of it to the feed and to whoever said it. */
export class Sending {
  readonly #world: World
  readonly #feed: FeedKeeper
  readonly #ways: SendingWays
  readonly #outbox: Outbox
  readonly #told = new Map<number, (sent: Sent) => void>()
  #noTimer = () => {}

  constructor(world: World, feed: FeedKeeper, ways: SendingWays) {
    this.#world = world
    this.#feed = feed
    this.#ways = ways
    this.#outbox = new Outbox(world.random)
  }

  send(say: Say): Promise<Sent> {
    const outgoing = this.#outbox.add(say, this.#world.nowMs())
    if (!outgoing) return Promise.resolve({ is: 'refused', key: '', ...full })
    this.#feed.say(outgoing)
    const sent = new Promise<Sent>((told) => this.#told.set(outgoing.seq, told))
    this.flush()
    return sent
  }

  /** Sends what is due, and comes back when something else is. */
  flush(): void {
    this.#noTimer()
    const nowMs = this.#world.nowMs()
    for (const { seq, last } of this.#outbox.givenUp(nowMs)) this.#settle(seq, { is: 'refused', ...(last ?? unheard) })
    for (const outgoing of this.#outbox.due(this.#ways.hasSocket() ? 'socket' : 'post', nowMs)) {
      if (outgoing.way === 'socket') this.#ways.socket(outgoing)
      else void this.#post(outgoing)
    }
    const nextMs = this.#outbox.nextMs()
    if (nextMs !== undefined && nextMs !== Number.POSITIVE_INFINITY)
      this.#noTimer = this.#world.after(Math.max(0, nextMs - nowMs), () => this.flush())
  }

  socketLost(): void {
    this.#outbox.socketLost(this.#world.nowMs())
    this.flush()
  }

  taken(seq: number, { id, held, text }: Taken): void {
    const outgoing = this.#outbox.taken(seq)
    if (!outgoing) return
    const said = outgoing.say.type === 'chat' ? outgoing.say.text : ''
    this.#settle(seq, { is: held ? 'held' : 'shown', id, text: text === '' ? said : text })
    this.flush()
  }

  refused(seq: number, code: string, detail: string, retryAfterMs: number): void {
    const retryable = isErrorCode(code) ? errorCodes[code].retryable : false
    this.#refused(seq, { code: codeOf(code), detail, retryAfterMs, unsure: false }, retryable)
  }

  /** Nothing goes out any more. */
  end(code: Refusal['code']): void {
    this.#noTimer()
    for (const { seq } of [...this.#outbox.unanswered]) {
      this.#outbox.taken(seq)
      this.#settle(seq, { is: 'refused', code, detail: 'the room was left', retryAfterMs: 0, unsure: true })
    }
  }

  async #post(outgoing: Outgoing) {
    const { seq } = outgoing
    try {
      this.taken(seq, await this.#ways.post(outgoing))
    } catch (error) {
      const { code, message, retryAfterMs, retryable } =
        error instanceof GalaError ? error : new GalaError('NETWORK', (error as Error).message)
      const unsure = code === 'NETWORK' || code === 'TIMEOUT'
      this.#refused(seq, { code, detail: message, retryAfterMs: retryAfterMs ?? 0, unsure }, retryable)
    }
  }

  #refused(seq: number, refusal: Refusal, retryable: boolean) {
    if (this.#outbox.refused(seq, refusal, retryable, this.#world.nowMs()))
      this.#settle(seq, { is: 'refused', ...refusal })
    this.flush()
  }

  #settle(seq: number, sent: Fate) {
    if (sent.is === 'refused') this.#feed.settled(seq, { is: 'refused', refusal: refusalOf(sent) })
    else this.#feed.settled(seq, { is: sent.is, refusal: undefined, id: sent.id, text: sent.text })
    this.#told.get(seq)?.({ ...sent, key: ownKey(seq) })
    this.#told.delete(seq)
  }
}

const refusalOf = ({ code, detail, retryAfterMs, unsure }: Refusal): Refusal => ({ code, detail, retryAfterMs, unsure })
const unheard: Refusal = { code: 'TIMEOUT', detail: 'no answer came', retryAfterMs: 0, unsure: true }
const full: Refusal = {
  code: 'TOO_MANY_WAITING',
  detail: 'more is on its way than is kept',
  retryAfterMs: 0,
  unsure: false,
}
