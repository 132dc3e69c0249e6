import { isErrorCode } from '@gala/contracts'
import type { GalaErrorCode } from '../error.js'

/** What a viewer wants said. */
export type Say = { type: 'chat'; text: string } | { type: 'gift'; gift: { kind: string; count: number } }

/** `TOO_MANY_WAITING`: more is on its way than the client keeps. `LEFT`: the room was left before there was an answer. */
export type RefusalCode = GalaErrorCode | 'TOO_MANY_WAITING' | 'LEFT'

export interface Refusal {
  code: RefusalCode
  detail: string
  /** When it may be said again, in milliseconds from the refusal; 0: that is not known. */
  retryAfterMs: number
  /** It was not heard of any more: it may have been taken all the same. */
  unsure: boolean
}

/** What has become of something said. `key`: of its line in the feed. */
export type Sent = Fate & { key: string }

export type Fate =
  /** `text`: as the others see it. */
  | { is: 'shown'; id: string; text: string }
  /** It waits for an operator. */
  | { is: 'held'; id: string; text: string }
  | ({ is: 'refused' } & Refusal)

/** Something said that is not answered yet. It keeps its number however often it is sent. */
export interface Outgoing {
  readonly seq: number
  readonly say: Say
  readonly saidAtMs: number
  /** How it is on its way; undefined: it waits. */
  way: 'socket' | 'post' | undefined
  /** When something is to be done about it: sent, sent again, or given up. */
  dueMs: number
  failures: number
  last: Refusal | undefined
}

const outboxMax = 20
const giveUpMs = 30_000
/** For an answer over a socket. Without one it is sent by a call of its own, under the same number. */
const answerMs = 5_000
const firstPauseMs = 500
const pauseMostMs = 8_000
/** A viewer who is too fast is told when to go on; only what is over in a moment is waited for without a word. */
const ownPaceMs = 2_000

/**
 * What a viewer has said and the platform has not answered. Of each type one after the other, so that they arrive in their order;
 * refusals that may pass are tried again until it is not worth saying any more.
 */
export class Outbox {
  readonly #random: () => number
  #seq = 0
  #waiting: Outgoing[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  get unanswered(): readonly Outgoing[] {
    return this.#waiting
  }

  /** Undefined: too many wait. */
  add(say: Say, nowMs: number): Outgoing | undefined {
    if (this.#waiting.length >= outboxMax) return undefined
    const failed = { failures: 0, last: undefined }
    const outgoing: Outgoing = { seq: this.#seq++, say, saidAtMs: nowMs, way: undefined, dueMs: nowMs, ...failed }
    this.#waiting.push(outgoing)
    return outgoing
  }

  /** What has become too old, once. */
  givenUp(nowMs: number): Outgoing[] {
    const over = this.#waiting.filter(({ saidAtMs }) => nowMs - saidAtMs >= giveUpMs)
    for (const { seq } of over) this.taken(seq)
    return over
  }

  /** What is to be sent now, `way` being the way there is. A socket takes one after the other without waiting for answers. */
  due(way: 'socket' | 'post', nowMs: number): Outgoing[] {
    return this.#firsts().filter((outgoing) => {
      if (nowMs < outgoing.dueMs) return false
      // What has gone unanswered over a socket goes by a call: the answer of that cannot get lost without a word.
      outgoing.way = outgoing.failures > 0 ? 'post' : way
      outgoing.dueMs = outgoing.way === 'socket' ? nowMs + answerMs : Number.POSITIVE_INFINITY
      if (outgoing.way === 'socket') outgoing.failures++
      return true
    })
  }

  /** Those nothing of their type is in front of. */
  #firsts(): Outgoing[] {
    const busy = new Set<string>()
    return this.#waiting.filter(({ say, way }) => {
      const first = !busy.has(say.type)
      if (way !== 'socket') busy.add(say.type)
      return first
    })
  }

  /** The socket is gone, and with it whatever it might have answered. */
  socketLost(nowMs: number): void {
    for (const outgoing of this.#waiting) {
      if (outgoing.way !== 'socket') continue
      outgoing.way = undefined
      outgoing.dueMs = nowMs
    }
  }

  /** It was answered for good. Undefined: it had been already. */
  taken(seq: number): Outgoing | undefined {
    const outgoing = this.#waiting.find((candidate) => candidate.seq === seq)
    this.#waiting = this.#waiting.filter((candidate) => candidate !== outgoing)
    return outgoing
  }

  /** It was refused. @returns it, when that is the end of it. */
  refused(seq: number, refusal: Refusal, retryable: boolean, nowMs: number): Outgoing | undefined {
    const outgoing = this.#waiting.find((candidate) => candidate.seq === seq)
    if (!outgoing) return undefined
    outgoing.last = refusal
    outgoing.failures++
    const backoffMs = this.#random() * Math.min(pauseMostMs, firstPauseMs * 2 ** outgoing.failures)
    const againMs = nowMs + refusal.retryAfterMs + backoffMs
    if (!retryable || !passes(refusal) || againMs - outgoing.saidAtMs >= giveUpMs) return this.taken(seq)
    outgoing.way = undefined
    outgoing.dueMs = againMs
    return undefined
  }

  /** When there is something to do next; undefined: nothing waits. */
  nextMs(): number | undefined {
    if (this.#waiting.length === 0) return undefined
    const over = this.#waiting.map(({ saidAtMs }) => saidAtMs + giveUpMs)
    return Math.min(...over, ...this.#firsts().map(({ dueMs }) => dueMs))
  }
}

/** Whether a refusal that may be tried again is worth waiting for without asking the viewer. */
function passes({ code, retryAfterMs }: Refusal): boolean {
  if (code === 'SWITCHED_OFF') return false
  return code !== 'RATE_LIMITED' || retryAfterMs <= ownPaceMs
}

/** A code as it came over the wire, or what stands for those this release does not know. */
export const codeOf = (code: string): RefusalCode => (isErrorCode(code) ? code : 'NOT_GALA')
