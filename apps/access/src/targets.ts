import { defaultPool } from '@gala/contracts'
import {
  type Breaker,
  type BreakerId,
  type Breakers,
  type ConcurrencyLimit,
  type Occupancy,
  processPolicy,
} from '@gala/resilience'
import { Pool } from 'undici'

/** One application instance that may be asked. */
export interface Target {
  dc: string
  /** Its host and port. */
  host: string
  /** Whether that is the data centre of whoever asks. */
  own: boolean
  pool: Pool
  breaker: Breaker
  /** How many calls may be under way, as learned; left out where no load is shed. */
  limit: ConcurrencyLimit | undefined
}

/** The instances that answer for one pool, those of the own data centre first. */
export interface TargetSet {
  own: Target[]
  others: Target[]
}

/** Where an instance of which pool stands. */
export interface TargetAddress {
  pool: string
  dc: string
  url: string
}

/** Requests under way to one instance, at most, whatever was learned; and connections that carry them. */
const capacity = 1_024
const connections = 64
/** The longest time-out of a route is 5 s; this is what stands if one is ever forgotten. */
const timeoutMs = 10_000
const connectTimeoutMs = 300
const bodyBytesMax = 4 * 1024 * 1024

/** Connections and breakers for every instance, by pool. */
export function openTargets(
  addresses: readonly TargetAddress[],
  ownDc: string,
  breakers: Breakers,
  newLimit: () => ConcurrencyLimit | undefined,
) {
  const sets = new Map<string, TargetSet>()
  for (const { pool, dc, url } of addresses) {
    const set = sets.get(pool) ?? { own: [], others: [] }
    sets.set(pool, set)
    const { host } = new URL(url)
    const id: BreakerId = { name: pool === defaultPool ? pool : `${defaultPool}.${pool}`, dc, target: host }
    const own = dc === ownDc
    const target = {
      dc,
      host,
      own,
      pool: connect(url),
      breaker: breakers.add(id, processPolicy, { capacity, timeoutMs }),
      limit: newLimit(),
    }
    if (own) set.own.push(target)
    else set.others.push(target)
  }
  return sets
}

const connect = (url: string) =>
  new Pool(url, {
    connections,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
    // Below the 75 s after which an application closes an idle connection.
    keepAliveTimeout: 30_000,
    maxResponseSize: bodyBytesMax,
  })

/** The calls under way to several instances as one. */
export function occupancyOf(targets: readonly Target[]): Occupancy | undefined {
  const limits = targets.flatMap(({ limit }) => limit ?? [])
  if (limits.length === 0) return undefined
  const sum = (of: (limit: ConcurrencyLimit) => number) => limits.reduce((all, limit) => all + of(limit), 0)
  return {
    get inFlight() {
      return sum(({ inFlight }) => inFlight)
    },
    get limit() {
      return sum(({ limit }) => limit)
    },
    get asked() {
      return sum(({ asked }) => asked)
    },
    get refused() {
      return sum(({ refused }) => refused)
    },
  }
}
