import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Rig } from '../rig.js'
import type { Accepted } from './plan.js'
import { giftCountOf, textOf } from './said.js'

const tokenLifeS = 3_600
const patienceMs = 5_000
const triesMax = 40
const tickMs = 5

export interface SendersPlan {
  room: string
  /** Where they send to, by turns; a sender stays at one while it answers. */
  urls: readonly string[]
  /** Told apart from those of other parts of the drill. */
  name: string
  count: number
  ratePerS: number
  giftPart: number
  /** Of a text. */
  characters: number
}

interface Sender {
  id: string
  token: string
  url: string
  seq: number
  /** A sender waits for its answer: its messages have an order. */
  busy: boolean
}

/** People who write, each one message at a time, and remember what was acknowledged. */
export class Senders {
  readonly accepted: Accepted[] = []
  /** Refusals by code, and failures. */
  readonly why: Record<string, number> = {}
  sent = 0
  /** Nobody has told whether these were taken. */
  unknown = 0
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 128 })
  #going = true
  readonly #underWay = new Set<Promise<void>>()
  readonly #ended: Promise<void>

  private constructor(
    private readonly plan: SendersPlan,
    private readonly senders: readonly Sender[],
    private readonly gifts: readonly { kind: string }[],
  ) {
    this.#ended = this.#work()
  }

  static async of(rig: Rig, plan: SendersPlan): Promise<Senders> {
    const answer = await fetch(`${plan.urls[0]}/v1/gifts`)
    const { items } = (await answer.json()) as { items: { kind: string }[] }
    if (items.length === 0) throw new Error('there is nothing to give')
    const senders: Sender[] = []
    for (let i = 0; i < plan.count; i++) {
      const id = `drill-${plan.name}-${i}`
      const url = plan.urls[i % plan.urls.length] ?? ''
      senders.push({ id, token: await rig.client.viewerToken(id, tokenLifeS), url, seq: 0, busy: false })
    }
    return new Senders(plan, senders, items)
  }

  /** Resolves when everything under way is acknowledged or given up. */
  async stop(): Promise<void> {
    this.#going = false
    await this.#ended
    await Promise.all(this.#underWay)
    this.#agent.destroy()
  }

  async #work() {
    const startedMs = performance.now()
    let due = 0
    let turn = 0
    while (this.#going) {
      const wanted = ((performance.now() - startedMs) / 1_000) * this.plan.ratePerS
      for (; due < wanted && this.#going; due++) {
        const sender = this.#free(turn++)
        if (!sender) {
          this.#count('everybody was waiting for an answer')
          continue
        }
        const said = this.#say(sender, due % Math.round(1 / this.plan.giftPart) === 0).finally(() => {
          sender.busy = false
          this.#underWay.delete(said)
        })
        this.#underWay.add(said)
      }
      await pause(tickMs)
    }
  }

  #free(turn: number): Sender | undefined {
    for (let i = 0; i < this.senders.length; i++) {
      const sender = this.senders[(turn + i) % this.senders.length]
      if (sender && !sender.busy) return sender
    }
    return undefined
  }

  /** The same message until somebody has answered for it. */
  async #say(sender: Sender, isGift: boolean) {
    sender.busy = true
    this.sent++
    const seq = sender.seq++
    const type = isGift ? 'gift' : 'chat'
    const what = isGift
      ? { gift: { kind: this.gifts[seq % this.gifts.length]?.kind, count: giftCountOf(seq) } }
      : { text: textOf(seq, this.plan.characters) }
    const body = JSON.stringify({ type, ...what, clientId: sender.id, seq, sentAtMs: Date.now() })
    for (let tries = 0; tries < triesMax; tries++) {
      const answer = await this.#post(sender, type, body)
      if (answer?.status === 200) {
        const { id, held } = JSON.parse(answer.body) as { id: string; held: boolean }
        if (!held) this.accepted.push({ id, type, sender: sender.id, seq })
        return
      }
      this.#count(answer ? codeIn(answer) : 'no answer')
      // Anything else may have been taken, or may be taken now.
      if (answer && answer.status < 500 && answer.status !== 429) return
      sender.url = this.plan.urls[(this.plan.urls.indexOf(sender.url) + 1) % this.plan.urls.length] ?? sender.url
      await pause(Math.min(1_000, 50 * 2 ** tries))
    }
    this.unknown++
  }

  #post({ url, token }: Sender, kind: string, body: string): Promise<{ status: number; body: string } | undefined> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-gala-kind': kind }
      const options = { method: 'POST', agent: this.#agent, headers, timeout: patienceMs }
      const asked = request(`${url}/v1/rooms/${this.plan.room}/messages`, options, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', () => resolve(undefined))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      })
      asked.on('timeout', () => asked.destroy())
      asked.on('error', () => resolve(undefined))
      asked.end(body)
    })
  }

  #count(what: string) {
    this.why[what] = (this.why[what] ?? 0) + 1
  }
}

function codeIn({ status, body }: { status: number; body: string }): string {
  try {
    return (JSON.parse(body) as { code: string }).code
  } catch {
    return String(status)
  }
}
