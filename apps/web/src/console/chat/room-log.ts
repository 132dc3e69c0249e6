import type { RoomCockpit } from '@gala/contracts'
import { type DcFigures, dcFigures } from './room-figures.js'

/** Three minutes at a look a second: as much as a small chart can show. */
const samplesMax = 180

export interface RoomSample extends DcFigures {
  /** This browser's clock, Unix seconds. */
  atS: number
}

/** The newest look at a room, and the figures of those before it by data centre. */
export interface RoomLog {
  now: RoomCockpit
  samples: ReadonlyMap<string, readonly RoomSample[]>
}

export function lookedAt(log: RoomLog | undefined, now: RoomCockpit, atS: number): RoomLog {
  const samples = now.dcs.map((dc) => {
    const sample = { ...dcFigures(dc), atS }
    return [dc.dc, [...(log?.samples.get(dc.dc) ?? []), sample].slice(-samplesMax)] as const
  })
  return { now, samples: new Map(samples) }
}
