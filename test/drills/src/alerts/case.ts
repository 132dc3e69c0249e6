import type { OpsClient } from '@gala/sdk'
import { operator } from '../edits.js'
import { pause } from '../faults.js'
import type { Rig } from '../rig.js'
import type { Surroundings } from './surroundings.js'

/** One thing that is broken, and the alerts that have to fire for it. */
export interface Case {
  name: string
  what: string
  alerts: readonly string[]
  /** Breaks it; resolves to what mends it. */
  break(ground: Ground): Promise<() => Promise<void>>
}

export interface Ground {
  rig: Rig
  ops: OpsClient
  a: Rig['status']['dcs'][number]
  b: Rig['status']['dcs'][number]
  around: Surroundings
}

export async function groundOf(rig: Rig, around: Surroundings): Promise<Ground> {
  const [a, b] = rig.status.dcs
  if (!a || !b) throw new Error('there are less than two data centres')
  const token = await rig.client.token('admin', 3_600, 'drill')
  return { rig, a, b, around, ops: operator(a.base[0] ?? '', token) }
}

/** Does something over and over until it is told to end. */
export function overAndOver(everyMs: number, work: (i: number) => Promise<unknown>): () => Promise<void> {
  let going = true
  const ended = (async () => {
    for (let i = 0; going; i++) {
      await work(i).catch(() => {})
      await pause(everyMs)
    }
  })()
  return async () => {
    going = false
    await ended
  }
}
