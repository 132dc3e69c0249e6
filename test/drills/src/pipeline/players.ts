import { randomBytes } from 'node:crypto'
import { beaconsMax } from '@gala/contracts'
import { Agent } from 'undici'
import { pause } from '../faults.js'

/** So many addresses players sit behind: the edge bounds each of them. */
const addresses = 8
const batchesOfSession = 4
const patienceMs = 5_000
const atOnce = 8

/** What players were told of what they reported. */
interface Reported {
  sent: number
  /** On a disk, as they were told. */
  accepted: number
  /** Batches that were refused or not answered; none is sent again. */
  untaken: number
}

/** Reports until `beacons` have been sent, in step with somebody else's work. `part` is how much of that is done, 0 to 1. */
export async function report(
  { edges, events, beacons }: { edges: readonly string[]; events: readonly string[]; beacons: number },
  part: () => number,
): Promise<Reported> {
  const told: Reported = { sent: 0, accepted: 0, untaken: 0 }
  const mark = randomBytes(8).toString('hex')
  const agents = Array.from({ length: addresses }, (_, i) => new Agent({ localAddress: `127.0.0.${i + 10}` }))
  const batches = Math.ceil(beacons / beaconsMax)
  let next = 0
  const player = async () => {
    while (next < batches) {
      if (next > part() * batches) {
        await pause(20)
        continue
      }
      const n = next++
      const size = Math.min(beaconsMax, beacons - n * beaconsMax)
      const batch = batchOf(`${mark}-${Math.floor(n / batchesOfSession)}`, n % batchesOfSession, size, events)
      told.sent += size
      const accepted = await sent(edges[n % edges.length] ?? '', batch, agents[n % addresses] as Agent)
      if (accepted === undefined) told.untaken++
      else told.accepted += accepted
    }
  }
  await Promise.all(Array.from({ length: atOnce }, player))
  await Promise.all(agents.map((agent) => agent.close()))
  return told
}

const saysOf = [
  { kind: 'play' },
  { kind: 'join', joinMs: 640 },
  { kind: 'stall', stallMs: 320 },
  { kind: 'error', code: 'drill' },
  { kind: 'beat' },
] as const

export function batchOf(session: string, batch: number, size: number, events: readonly string[]) {
  const sentAt = Date.now()
  const event = events[batch % events.length] ?? null
  const beacons = Array.from({ length: size }, (_, i) => {
    return { seq: batch * beaconsMax + i, at: sentAt, event, ...saysOf[i % saysOf.length] }
  })
  return { session, batch: `${session}-${batch}`, sentAt, beacons }
}

async function sent(edge: string, batch: object, dispatcher: Agent): Promise<number | undefined> {
  try {
    const { statusCode, body } = await dispatcher.request({
      origin: edge,
      path: '/v1/pingbacks',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
      signal: AbortSignal.timeout(patienceMs),
    })
    const reply = (await body.json()) as { accepted?: number }
    return statusCode === 202 ? reply.accepted : undefined
  } catch {
    return undefined
  }
}
