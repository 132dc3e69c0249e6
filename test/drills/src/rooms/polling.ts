import { Agent } from 'node:http'
import { setTimeout as pauseFor } from 'node:timers/promises'
import { cursorText, type RoomMessages } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { atLeast, atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { metricOf } from './metrics.js'
import { keyOf } from './oracle.js'
import { edgesOf, everythingSeen, pause, room, tellTrouble } from './parts.js'
import { seqOf } from './said.js'
import { Senders } from './senders.js'
import { get, textOf } from './tickets.js'

const pollersMax = 10_000
const ratePerS = 10
const lastsMs = 30_000
const connections = 256
/** Longer would hide that somebody is told to come back late. */
const pollAfterMaxMs = 30_000

/** Thousands who cannot have a long connection ask again and again. */
export async function polling(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const pollers = rig.viewers ?? pollersMax
  const urls = edgesOf(rig)
  const crowd = new Pollers(urls, pollers)
  const talk = await Senders.of(rig, {
    room,
    urls,
    name: 'polling',
    count: 40,
    ratePerS,
    giftPart: 0.2,
    characters: 40,
  })
  try {
    say(`${pollers} pollers come`)
    await crowd.allIn()
    const before = await counts(rig)
    const from = crowd.tally()
    say(`${pollers} poll for ${lastsMs / 1_000} s`)
    await pause(lastsMs)
    const after = await counts(rig)
    const to = crowd.tally()
    await talk.stop()
    await everythingSeen()
    tellTrouble('senders', talk.why, say)
    tellTrouble('pollers', crowd.why, say)
    const blocks = after.blocks - before.blocks
    const name = (what: string) => `polling: ${what}`
    const missing = talk.accepted.filter(({ sender, type, seq }) => !crowd.given.has(keyOf(sender, type, seq))).length
    return [
      told(name('pollers'), pollers, ''),
      told(name('polls a second'), (to.polls - from.polls) / (lastsMs / 1_000), '/s'),
      told(name('blocks of both data centres'), blocks, ''),
      atLeast(name('blocks of both data centres made'), blocks, '', 1),
      // Whatever application did, it made blocks: each once, however many asked.
      atMost(name('renders a block in application'), (after.renders - before.renders) / blocks, '', 1),
      atMost(name('polls that reached application'), after.applicationPolls - before.applicationPolls, '', 0),
      atMost(name('polls refused or failed'), to.failed - from.failed, '', 0),
      atMost(name('shown twice to a poller'), to.twice, '', 0),
      atMost(name('accepted messages no poller was given or told of'), Math.max(0, missing - to.dropped), '', 0),
    ]
  } finally {
    crowd.end()
    await talk.stop()
  }
}

/** From all processes of both data centres. */
async function counts(rig: Rig) {
  const sum = async (name: string, ...having: readonly string[]) => {
    const all = rig.status.dcs.flatMap(({ application }) => application)
    const values = await Promise.all(all.map((url) => metricOf(url, name, ...having)))
    return values.reduce((total, value) => total + value, 0)
  }
  const heads = await Promise.all(rig.status.dcs.map(({ access }) => newestBlock(access[0] ?? '')))
  return {
    blocks: heads.reduce((total, number) => total + number, 0),
    renders: await sum('gala_room_blocks_total'),
    applicationPolls: await sum('gala_http_request_duration_seconds_count', 'method="GET"', 'rooms/:room/messages'),
  }
}

/** An answer is known by the newest block it tells of: `"epoch:number"`. */
async function newestBlock(accessUrl: string): Promise<number> {
  const answer = await fetch(`${accessUrl}/v1/rooms/${room}/messages`)
  return Number(answer.headers.get('etag')?.match(/:(\d+)"$/)?.[1] ?? 0)
}

interface Poller {
  url: string
  cursor: string
  ids: string[]
  done: boolean
}

/** Each asks again when it is told to. */
class Pollers {
  readonly why: Record<string, number> = {}
  /** Everything that any of them was given. */
  readonly given = new Set<string>()
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections })
  readonly #random = seededRandom(5)
  readonly #pollers: Poller[]
  #going = true
  #in = 0
  #polls = 0
  #failed = 0
  #twice = 0
  #dropped = 0

  constructor(urls: readonly string[], count: number) {
    this.#pollers = Array.from({ length: count }, (_, i) => ({
      url: urls[i % urls.length] ?? '',
      cursor: '',
      ids: [],
      done: false,
    }))
    for (const poller of this.#pollers) setTimeout(() => void this.#poll(poller), this.#random() * 10_000)
  }

  async allIn() {
    while (this.#in < this.#pollers.length) await pauseFor(100)
  }

  tally() {
    return { polls: this.#polls, failed: this.#failed, twice: this.#twice, dropped: this.#dropped }
  }

  end() {
    this.#going = false
    this.#agent.destroy()
  }

  async #poll(poller: Poller): Promise<void> {
    if (!this.#going) return
    let afterMs = 1_000
    try {
      const query = poller.cursor === '' ? '' : `?after=${poller.cursor}`
      const { status, body } = await get(`${poller.url}/v1/rooms/${room}/messages${query}`, this.#agent)
      this.#polls++
      if (status === 200) afterMs = this.#take(poller, JSON.parse(body) as RoomMessages)
      else this.#fail(`${status} ${body.slice(0, 100)}`)
    } catch (error) {
      if (this.#going) this.#fail(textOf(error))
    }
    if (this.#going) setTimeout(() => void this.#poll(poller), afterMs * (1 + this.#random() / 5))
  }

  #take(poller: Poller, { messages, cursor, pollAfterMs, dropped, gap }: RoomMessages): number {
    if (poller.cursor === '') this.#in++
    else if (gap) this.#count('a gap')
    for (const { id, type, from, ...said } of messages) {
      // Positions tell; a short memory is enough to find who does not heed them.
      if (poller.ids.includes(id)) this.#twice++
      poller.ids.push(id)
      this.given.add(keyOf(from.id, type, seqOf(said) ?? -1))
    }
    if (poller.ids.length > 100) poller.ids.splice(0, poller.ids.length - 100)
    if (poller === this.#pollers[0]) this.#dropped += dropped.chat
    if (cursor !== '' && !cursorText.safeParse(cursor).success) this.#fail(`a cursor that is none: ${cursor}`)
    poller.cursor = cursor
    if (pollAfterMs > pollAfterMaxMs) this.#fail(`told to come back after ${pollAfterMs} ms`)
    return pollAfterMs
  }

  #fail(what: string) {
    this.#failed++
    this.#count(what)
  }

  #count(what: string) {
    this.why[what] = (this.why[what] ?? 0) + 1
  }
}
