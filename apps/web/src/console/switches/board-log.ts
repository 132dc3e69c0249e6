import type { Switchboard, SwitchItem, SwitchKey, Traffic } from '@gala/contracts'

/** Three minutes at a board a second: as much as a small chart can show. */
const samplesMax = 180
/** More steps back than anybody takes. */
const actsMax = 20

export type LevelItem = Switchboard['level']['items'][number]

/** A change of orders this page has seen happen, and what stood there before. */
export type Act =
  | { of: 'switch'; key: SwitchKey; rev: number; before: SwitchItem }
  | { of: 'level'; rev: number; before: readonly LevelItem[] }

export interface Sample extends Traffic {
  /** The server's clock, Unix seconds. */
  atS: number
}

/** The newest board and what the boards before it are kept for. */
export interface BoardLog {
  board: Switchboard
  /** When it came, by this browser's clock. */
  atMs: number
  /** Newest first. */
  acts: readonly Act[]
  samples: ReadonlyMap<string, readonly Sample[]>
}

/** The log with one more board. One that was made before the newest is left aside: polls and stream overtake each other. */
export function logged(log: BoardLog | undefined, board: Switchboard, atMs: number): BoardLog {
  if (log && Date.parse(board.asOf) <= Date.parse(log.board.asOf)) return log
  const acts = log ? [...actsBetween(log.board, board), ...log.acts].slice(0, actsMax) : []
  return { board, atMs, acts, samples: sampled(log?.samples ?? new Map(), board) }
}

function actsBetween(before: Switchboard, now: Switchboard): Act[] {
  const was = new Map(before.switches.map((item) => [item.key, item]))
  const acts = now.switches.flatMap(({ key, rev }): Act[] => {
    const old = was.get(key)
    return old && rev > old.rev ? [{ of: 'switch', key, rev, before: old }] : []
  })
  if (now.level.rev > before.level.rev) acts.push({ of: 'level', rev: now.level.rev, before: before.level.items })
  // Positions of switches and levels come from one count.
  return acts.toSorted((a, b) => b.rev - a.rev)
}

function sampled(held: BoardLog['samples'], board: Switchboard): BoardLog['samples'] {
  const atS = Date.parse(board.asOf) / 1000
  return new Map(
    board.traffic.map((traffic) => [
      traffic.dc,
      [...(held.get(traffic.dc) ?? []), { ...traffic, atS }].slice(-samplesMax),
    ]),
  )
}
