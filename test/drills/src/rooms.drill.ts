import type { Figure } from './report.js'
import type { Drill, Rig } from './rig.js'
import { frames, perAddress } from './rooms/frames.js'
import { overload } from './rooms/overload.js'
import { partition } from './rooms/partition.js'
import { polling } from './rooms/polling.js'
import { storm } from './rooms/storm.js'

/** What breaks least comes first. */
const parts = { overload, polling, frames, partition, storm } as const
const names = Object.keys(parts) as (keyof typeof parts)[]

export const roomsDrill: Drill = {
  about: 'rooms: more said than can be read, processes drained and killed, the link cut, thousands polling, bad frames',
  sizes: { access: 2 },
  links: { delayMs: 1 },
  parts: names,
  envOf: {
    // Everybody here has one of few addresses, but for who is to be noticed.
    'dc-a.access-1': { GALA_ROOM_SOCKETS_PER_ADDRESS: String(perAddress) },
  },
  run: async (rig: Rig, say: (line: string) => void) => {
    const figures: Figure[] = []
    for (const name of names.filter((one) => rig.only.includes(one))) {
      say(`— ${name}`)
      figures.push(...(await parts[name](rig, say)))
      await rig.client.healed()
    }
    return figures
  },
}
