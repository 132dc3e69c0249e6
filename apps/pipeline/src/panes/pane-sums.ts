import { addPaneSums, emptyPaneSums, type PaneSums } from '@gala/database'
import type { Topic } from '@gala/eventlog'
import { countIn, type Histogram, mergeInto } from '@gala/kernel'
import { type BeaconRow, beaconRow } from '../rows/beacon-row.js'
import { type RequestRow, requestRow } from '../rows/request-row.js'

const paneMs = 10_000

export interface PaneKey {
  startMs: number
  /** Empty: of no event. */
  event: string
  /** Empty: of what players report. */
  route: string
}

export interface Pane extends PaneKey {
  sums: PaneSums
  /** Of requests: how long they took, in milliseconds. */
  latency: Histogram
  /** Of joins: how long it took until there was a picture. */
  joinTimes: Histogram
}

/** Whom a minute of an event was about. */
export interface Audience {
  event: string
  minuteMs: number
  viewers: Set<string>
  sessions: Set<string>
}

export const emptyPane = (key: PaneKey): Pane => ({ ...key, sums: emptyPaneSums(), latency: {}, joinTimes: {} })
export const keyOf = ({ startMs, event, route }: PaneKey): string => `${startMs} ${event} ${route}`

export function addPane(into: Pane, from: Pane): Pane {
  addPaneSums(into.sums, from.sums)
  mergeInto(into.latency, from.latency)
  mergeInto(into.joinTimes, from.joinTimes)
  return into
}

/** Events in one gathering; what more there are is counted as of no event. Whoever makes up ids makes no more rows than this. */
const eventsMax = 500

/** Sums of lines that are committed together. */
export class Gathered {
  readonly panes = new Map<string, Pane>()
  readonly audiences = new Map<string, Audience>()
  /** Moment of the newest line; 0 of none. */
  newestMs = 0
  lines = 0
  /** Lines counted as of no event because there were too many events. */
  crowdedOut = 0
  readonly #events = new Set<string>()

  constructor(private readonly dc: string) {}

  add(topic: Topic, line: Buffer): void {
    this.lines++
    if (topic === 'requests') this.#request(requestRow(line, this.dc))
    else this.#beacon(beaconRow(line, this.dc))
  }

  #request(row: RequestRow) {
    const { sums, latency } = this.#pane(row.at, this.#event(row.eventId), row.route)
    sums.requests++
    sums.sent_bytes += row.bytes
    if (row.outcome === 'malformed') {
      sums.malformed++
      return
    }
    sums[`served_${row.outcome}`]++
    if (row.edgeCache === 'HIT') sums.edge_hits++
    else if (row.cache === 'hit') sums.access_hits++
    countIn(latency, row.durationMs)
  }

  #beacon(row: BeaconRow) {
    const event = this.#event(row.eventId)
    const { sums, joinTimes } = this.#pane(row.at, event, '')
    sums.beacons++
    if (row.kind === 'malformed') {
      sums.malformed++
      return
    }
    if (row.kind === 'play') sums.plays++
    if (row.kind === 'error') sums.errors++
    if (row.kind === 'join') {
      sums.joins++
      if (row.joinMs !== null) countIn(joinTimes, row.joinMs)
    }
    if (row.kind === 'stall') {
      sums.stalls++
      sums.stalled_ms += row.stallMs ?? 0
    }
    if (event !== '') this.#hear(row, event)
  }

  #hear({ at, viewer, session }: BeaconRow, event: string) {
    const minuteMs = at - (at % 60_000)
    const key = `${minuteMs} ${event}`
    const audience = this.audiences.get(key) ?? { event, minuteMs, viewers: new Set(), sessions: new Set() }
    this.audiences.set(key, audience)
    audience.viewers.add(viewer ?? session)
    audience.sessions.add(session)
  }

  #event(eventId: string | null): string {
    if (eventId === null) return ''
    if (this.#events.has(eventId)) return eventId
    if (this.#events.size >= eventsMax) {
      this.crowdedOut++
      return ''
    }
    this.#events.add(eventId)
    return eventId
  }

  #pane(at: number, event: string, route: string): Pane {
    this.newestMs = Math.max(this.newestMs, at)
    const key = { startMs: at - (at % paneMs), event, route }
    const pane = this.panes.get(keyOf(key)) ?? emptyPane(key)
    this.panes.set(keyOf(key), pane)
    return pane
  }
}
