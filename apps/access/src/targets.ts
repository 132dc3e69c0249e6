import { type Breaker, type BreakerId, type Breakers, processPolicy } from '@gala/resilience'
import { Pool } from 'undici'

/** One application instance that may be asked. */
export interface Target {
  dc: string
  pool: Pool
  breaker: Breaker
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

/** The pool that answers what no order has moved elsewhere. */
export const defaultPool = 'application'

/** Requests under way to one instance, at most, and connections that carry them. */
const capacity = 256
const connections = 64
/** The longest time-out of a route is 5 s; this is what stands if one is ever forgotten. */
const timeoutMs = 10_000
const connectTimeoutMs = 300
const bodyBytesMax = 4 * 1024 * 1024

/** Connections and breakers for every instance, by pool. */
export function openTargets(addresses: readonly TargetAddress[], ownDc: string, breakers: Breakers) {
  const sets = new Map<string, TargetSet>()
  for (const { pool, dc, url } of addresses) {
    const set = sets.get(pool) ?? { own: [], others: [] }
    sets.set(pool, set)
    const id: BreakerId = {
      name: pool === defaultPool ? pool : `${defaultPool}.${pool}`,
      dc,
      target: new URL(url).host,
    }
    const target = { dc, pool: connect(url), breaker: breakers.add(id, processPolicy, { capacity, timeoutMs }) }
    if (dc === ownDc) set.own.push(target)
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
