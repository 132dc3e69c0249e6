import type { RoomItem } from '@gala/contracts'

type RoomDc = RoomItem['dcs'][number]
type Lane = keyof NonNullable<RoomDc['pump']>['inPerS']

export const laneNames = ['chat', 'gift', 'notify', 'control'] as const satisfies readonly Lane[]

/** What one data centre does for a room; null: nobody there makes blocks of it. */
export interface DcFigures {
  viewers: number
  inPerS: number | null
  outPerS: number | null
  /** Of the chat messages that came in, those that nobody is shown. */
  dropShare: number | null
  /** From acceptance until it is written to a socket, of the slowest process. */
  p99Ms: number | null
}

export function dcFigures({ viewers, pump, processes }: RoomDc): DcFigures {
  const delays = processes.flatMap(({ delayP99Ms }) => delayP99Ms ?? [])
  return {
    viewers: viewers.socket + viewers.stream + viewers.poll,
    inPerS: pump && total(pump.inPerS),
    outPerS: pump && total(pump.outPerS),
    dropShare: pump && shareDropped(pump.inPerS.chat, pump.outPerS.chat),
    p99Ms: delays.length > 0 ? Math.max(...delays) : null,
  }
}

/**
 * Of a room as a whole. Every data centre has all of its messages, so rates are those of the one that has most, and shares
 * and delays those of the one where it is worst; only viewers add up.
 */
export function roomFigures({ dcs }: Pick<RoomItem, 'dcs'>): DcFigures {
  const each = dcs.map(dcFigures)
  const most = (of: (figures: DcFigures) => number | null) => {
    const known = each.flatMap((figures) => of(figures) ?? [])
    return known.length > 0 ? Math.max(...known) : null
  }
  return {
    viewers: each.reduce((all, { viewers }) => all + viewers, 0),
    inPerS: most(({ inPerS }) => inPerS),
    outPerS: most(({ outPerS }) => outPerS),
    dropShare: most(({ dropShare }) => dropShare),
    p99Ms: most(({ p99Ms }) => p99Ms),
  }
}

const total = (rates: Record<Lane, number>) => laneNames.reduce((all, lane) => all + rates[lane], 0)

/** Rates are measured over windows that do not end together: a little more out than in is nothing dropped. */
const shareDropped = (inPerS: number, outPerS: number) => (inPerS <= 0 ? 0 : Math.max(0, 1 - outPerS / inPerS))

/** Bounds of the promises of a healthy room. */
const p99BadMs = 1_000
/** Half of the chat unseen is a room where people talk to nobody. */
const dropBad = 0.5

export const isLate = (p99Ms: number | null) => (p99Ms ?? 0) > p99BadMs
export const isThinned = (dropShare: number | null) => (dropShare ?? 0) > dropBad

export interface PumpWords {
  shape: string
  word: string
  /** As much of it as a table has room for. */
  short: string
  tone: 'good' | 'bad' | 'quiet'
}

/** Who makes the blocks of a room in one data centre, and how often. */
export function pumpWords({ reachable, pump, viewers }: RoomDc): PumpWords {
  if (!reachable) return { shape: '✕', word: 'does not answer', short: 'no answer', tone: 'bad' }
  if (pump) {
    const short = `each ${pump.windowMs} ms`
    return { shape: '●', word: `a block ${short}, by ${pump.instance}`, short, tone: 'good' }
  }
  return viewers.socket + viewers.stream + viewers.poll > 0
    ? { shape: '▲', word: 'nobody makes blocks', short: 'nobody', tone: 'bad' }
    : { shape: '○', word: 'nobody there', short: 'none needed', tone: 'quiet' }
}

/** 0.4 as `0.4`, 1234.5 as `1,235`: rates that can be read while they change. */
export function rate(perS: number | null): string {
  if (perS === null) return '–'
  return perS < 10 ? String(Math.round(perS * 10) / 10) : Math.round(perS).toLocaleString('en-US')
}
