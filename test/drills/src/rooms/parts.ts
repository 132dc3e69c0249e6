import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Rig } from '../rig.js'
import type { Findings } from './plan.js'

export { pause }

/** Of the event that is live in the demo. */
export const room = 'spring-gala'
/** Blocks come every second at the latest, and a lane is cut off when nothing happens; with the mirror and a machine that is busy. */
const settleMs = 6_000

export const edgesOf = (rig: Rig): string[] => rig.status.dcs.map(({ edge }) => edge)

export const everythingSeen = () => pause(settleMs)

export function tellTrouble(who: string, why: Readonly<Record<string, number>>, say: (line: string) => void) {
  const all = Object.entries(why).map(([what, count]) => `${count} × ${what}`)
  if (all.length > 0) say(`${who}: ${all.join(', ')}`)
}

/** Told when it is more than was left out. */
export function tellLost({ chatLost, giftsLost, notSeen }: Findings, say: (line: string) => void) {
  if (chatLost > 0 || giftsLost > 0) say(`not seen, among others: ${notSeen.join(', ')}`)
}

/** What the processes of these kinds hold from now on. */
export async function memoryOf(rig: Rig, kinds: readonly string[]) {
  const before = await residentMb(rig, kinds)
  return {
    /** The most that one of them has grown by. One that was started since counts from nothing. */
    grownMb: async () => {
      const after = await residentMb(rig, kinds)
      return Math.max(...[...after].map(([key, mb]) => mb - (before.get(key) ?? 0)))
    },
  }
}

const bytesPerPage = 4_096

/** By name and process id. */
async function residentMb(rig: Rig, kinds: readonly string[]): Promise<Map<string, number>> {
  const { dcs } = await rig.client.status()
  return new Map(
    dcs
      .flatMap(({ parts }) => parts)
      .flatMap(({ name, kind, pid }) => {
        if (pid === null || !kinds.includes(kind)) return []
        const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
        return [[`${name} ${pid}`, (pages * bytesPerPage) / 1e6] as const]
      }),
  )
}
