import { afterClose, closeCodes } from '@gala/contracts'
import { Beat, type BeatAct } from './beat.js'
import type { LinkEffect, LinkEvent, LinkStatus, MoveOrder, TimerName, TransportChoice } from './link-events.js'
import { backoff, times } from './link-times.js'
import { Polls } from './polls.js'

type Long = 'none' | 'asking' | 'waiting' | 'opening' | 'greeting' | 'live'

/**
 * When to open a long connection, where to and with what ticket; when to poll instead, and when to try again. Does nothing itself:
 * takes what has happened and says what to do, so that a test can play any history. Long connections and polls go on side by side
 * while one gives way to the other: whoever reads knows each message by its cursor.
 */
export class Link {
  #long: Long = 'none'
  #ended: { code: string | undefined } | undefined
  #begun = false
  readonly #choice: TransportChoice
  readonly #random: () => number
  readonly #nowMs: () => number
  readonly #beat: Beat
  #out: LinkEffect[] = []
  #status: LinkStatus = { is: 'connecting' }

  #urls: readonly string[] = []
  #url = ''
  /** Where it failed last: the next attempt goes elsewhere, if there is an elsewhere. */
  #badUrl = ''
  #ticket = ''
  #ticketUntilMs = 0
  /** It is one to come back with, which may have grown too old. */
  #ticketKept = false
  /** Attempts in a row that have come to nothing, or not lasted. */
  #failures = 0
  #liveSinceMs = 0
  #welcome: { dc: string; instance: string; maySend: boolean } = { dc: '', instance: '', maySend: false }
  #move: MoveOrder | undefined

  readonly #polls: Polls
  #upgrades = 0
  #longForbidden = false

  constructor(choice: TransportChoice, random: () => number, nowMs: () => number) {
    this.#choice = choice
    this.#random = random
    this.#nowMs = nowMs
    this.#beat = new Beat(random)
    this.#polls = new Polls(random)
  }

  /** The same object until it has changed. */
  get status(): LinkStatus {
    const now = this.#now()
    if (!sameStatus(now, this.#status)) this.#status = now
    return this.#status
  }

  #now(): LinkStatus {
    if (this.#ended) return { is: 'closed', ...this.#ended }
    if (this.#long === 'live') return { is: 'live', ...this.#welcome }
    if (this.#polls.fine) return { is: 'polling' }
    return { is: this.#begun ? 'reconnecting' : 'connecting' }
  }

  step(event: LinkEvent): LinkEffect[] {
    this.#out = []
    if (!this.#ended) this.#take(event)
    return this.#out
  }

  #take(event: LinkEvent) {
    switch (event.is) {
      case 'start':
        return this.#choice === 'poll' ? this.#do(this.#polls.begin()) : this.#ask()
      case 'offered':
        return this.#offered(event.urls, event.ticket)
      case 'not-offered':
        return this.#notOffered(event)
      case 'opened':
        return this.#greet()
      case 'welcome':
        return this.#welcomed(event)
      case 'heard':
        return this.#beat.heard()
      case 'garbled':
        return this.#broken()
      case 'move':
        return this.#toMove(event)
      case 'closed':
        return this.#closed(event.code)
      case 'polled':
        this.#begun = true
        return this.#do(this.#polls.answered(event.pollAfterMs))
      case 'poll-failed':
        return event.final ? this.#end(event.code) : this.#do(this.#polls.failed(event.retryAfterMs))
      case 'timer':
        return this.#timer(event.name)
      case 'page':
        return this.#seen(event.hidden)
      case 'identity':
        return this.#reintroduce()
      case 'stop':
        return this.#end(undefined)
    }
  }

  #timer(name: TimerName) {
    if (name === 'retry' && this.#long === 'waiting') this.#connect()
    else if (name === 'welcome' && (this.#long === 'opening' || this.#long === 'greeting')) this.#broken()
    else if (name === 'beat' && this.#long === 'live') this.#beatActs(this.#beat.due())
    else if (name === 'move') this.#moveNow()
    else if (name === 'poll') this.#do(this.#polls.now())
    else if (name === 'upgrade' && this.#long === 'none') this.#ask()
  }

  #ask() {
    this.#long = 'asking'
    this.#out.push({ do: 'ask' })
  }

  #offered(urls: readonly string[], ticket: string) {
    if (this.#long !== 'asking') return
    if (urls.length === 0) return this.#pollInstead()
    this.#urls = urls
    this.#takeTicket(ticket, times.ticketMs)
    this.#connect()
  }

  #notOffered({ final, code, retryAfterMs }: LinkEvent & { is: 'not-offered' }) {
    if (this.#long !== 'asking') return
    return final ? this.#end(code) : this.#longFailed(retryAfterMs)
  }

  #takeTicket(ticket: string, forMs: number) {
    this.#ticket = ticket
    this.#ticketUntilMs = this.#nowMs() + forMs
    this.#ticketKept = forMs > times.ticketMs
  }

  /** Opens the next address, or asks for a ticket first. */
  #connect() {
    const url = this.#urls.find((candidate) => candidate !== this.#badUrl) ?? this.#urls[0]
    if (this.#ticket === '' || this.#nowMs() > this.#ticketUntilMs || url === undefined) return this.#ask()
    this.#url = url
    this.#long = 'opening'
    this.#out.push({ do: 'open', url }, { do: 'timer', name: 'welcome', ms: times.welcomeMs })
  }

  #greet() {
    if (this.#long !== 'opening') return
    this.#long = 'greeting'
    this.#out.push({ do: 'hello', ticket: this.#ticket })
    this.#ticket = ''
  }

  #welcomed({ heartbeatMs, ticket, dc, instance, maySend }: LinkEvent & { is: 'welcome' }) {
    if (this.#long !== 'greeting') return
    this.#long = 'live'
    this.#begun = true
    this.#badUrl = ''
    this.#liveSinceMs = this.#nowMs()
    this.#welcome = { dc, instance, maySend }
    this.#upgrades = 0
    this.#do(this.#polls.end())
    this.#out.push({ do: 'no-timer', name: 'upgrade' }, { do: 'no-timer', name: 'welcome' })
    if (ticket !== '') this.#takeTicket(ticket, times.keptTicketMs)
    this.#beatActs(this.#beat.begin(heartbeatMs))
  }

  #beatActs({ ping, nextMs }: BeatAct) {
    if (nextMs === undefined) return this.#broken()
    if (ping) this.#out.push({ do: 'ping' })
    this.#out.push({ do: 'timer', name: 'beat', ms: nextMs })
  }

  #closed(code: number) {
    if (this.#long !== 'opening' && this.#long !== 'greeting' && this.#long !== 'live') return
    if (code === closeCodes.ROOM_CLOSED.code) return this.#end('ROOM_CLOSED')
    const act = afterClose(code)
    if (act === 'return' && this.#move) return this.#moveNow()
    this.#settleLong()
    if (act === 'stay-away') this.#longForbidden = true
    if (act === 'stay-away' || act === 'poll') return this.#pollInstead()
    if (act !== 'new-ticket') this.#badUrl = this.#url
    else this.#ticket = ''
    if (act === 'new-ticket' && this.#ticketKept) return this.#wait(0)
    this.#longFailed(0)
  }

  /** The link is of no use any more, whatever the socket says. */
  #broken() {
    if (this.#long !== 'opening' && this.#long !== 'greeting' && this.#long !== 'live') return
    this.#hangUp()
    this.#badUrl = this.#url
    this.#longFailed(0)
  }

  #hangUp() {
    this.#out.push({ do: 'hang-up' })
    this.#settleLong()
  }

  /** What was, is over. One that has lasted was no failure. */
  #settleLong() {
    if (this.#long === 'live' && this.#nowMs() - this.#liveSinceMs >= times.lastingMs) this.#failures = 0
    this.#long = 'none'
    this.#move = undefined
    for (const name of ['welcome', 'beat', 'move'] as const) this.#out.push({ do: 'no-timer', name })
  }

  #longFailed(atLeastMs: number) {
    this.#failures++
    if (this.#polls.on || (this.#choice === 'auto' && this.#failures >= times.failuresMost)) return this.#pollInstead()
    this.#wait(atLeastMs)
  }

  #wait(atLeastMs: number) {
    this.#long = 'waiting'
    const ms = Math.min(atLeastMs, times.stayAwayMs) + backoff(Math.max(1, this.#failures), this.#random)
    this.#out.push({ do: 'timer', name: 'retry', ms })
  }

  /** Polls, and tries a long connection again after a while: the longer the more often it has come to nothing. */
  #pollInstead() {
    this.#long = 'none'
    if (this.#choice === 'socket') {
      if (this.#longForbidden) return this.#end('NOT_OFFERED')
      return this.#wait(times.upgradeMs)
    }
    if (!this.#longForbidden) {
      const ms = Math.min(times.upgradeMostMs, times.upgradeMs * 2 ** this.#upgrades++) * (0.5 + this.#random())
      this.#out.push({ do: 'timer', name: 'upgrade', ms })
    }
    this.#do(this.#polls.begin())
  }

  #toMove({ afterMs, urls, ticket, poll }: MoveOrder) {
    if (this.#long !== 'live') return
    this.#move = { afterMs, urls, ticket, poll }
    this.#out.push({ do: 'timer', name: 'move', ms: Math.min(afterMs, times.moveMostMs) })
  }

  /** The server has spread its clients over time: whoever's turn it is goes at once. */
  #moveNow() {
    const move = this.#move
    if (!move) return
    const from = this.#url
    this.#hangUp()
    if (move.poll) return this.#pollInstead()
    if (move.urls.length > 0) this.#urls = move.urls
    else this.#badUrl = from
    this.#takeTicket(move.ticket, times.keptTicketMs)
    this.#connect()
  }

  #seen(hidden: boolean) {
    this.#do(this.#polls.seen(hidden))
    if (hidden) return
    if (this.#long === 'live') this.#beatActs(this.#beat.hurry())
    else if (this.#long === 'waiting')
      this.#out.push({ do: 'timer', name: 'retry', ms: this.#random() * times.firstBackoffMs })
  }

  #reintroduce() {
    if (this.#long !== 'live' || this.#welcome.maySend) return
    this.#hangUp()
    this.#ticket = ''
    this.#ask()
  }

  #end(code: string | undefined) {
    this.#hangUp()
    this.#do(this.#polls.end())
    for (const name of ['retry', 'upgrade'] as const) this.#out.push({ do: 'no-timer', name })
    this.#ended = { code }
  }

  #do(effects: readonly LinkEffect[]) {
    this.#out.push(...effects)
  }
}

function sameStatus(a: LinkStatus, b: LinkStatus): boolean {
  if (a.is !== 'live' || b.is !== 'live') return a.is === b.is
  return a.dc === b.dc && a.instance === b.instance && a.maySend === b.maySend
}
