/** Which data centres there are. The first one holds the writing database. */
export const dcIds = ['dc-a', 'dc-b'] as const

/** How a data centre's Redis is built. */
export type RedisForm = 'single' | 'sentinel' | 'cluster'

/** A master and a replica with three Sentinels; three masters with a replica each. */
export const redisProcesses: Record<RedisForm, number> = { single: 1, sentinel: 5, cluster: 6 }

export interface Sizes {
  access: number
  application: number
  /** Application processes of the pool `hot`. */
  hot: number
  base: number
  /** By data centre, in their order. */
  redis: readonly RedisForm[]
}

/** One of each unless said otherwise. */
export const sizesOf = (given: Partial<Sizes> = {}): Sizes => ({
  access: 1,
  application: 1,
  hot: 1,
  base: 1,
  redis: [],
  ...given,
})

/** Ports of one data centre: a block of a hundred above the base port. */
export function portsOf(portBase: number, dcIndex: number, sizes: Sizes) {
  const block = portBase + 100 * (dcIndex + 1)
  const several = (first: number, count: number) => Array.from({ length: count }, (_, i) => block + first + 1 + i)
  return {
    edge: block + 10,
    access: several(20, sizes.access),
    application: several(30, sizes.application),
    hot: several(35, sizes.hot),
    base: several(40, sizes.base),
    redis: several(49, redisProcesses[sizes.redis[dcIndex] ?? 'single']),
    mysql: block + 60,
  }
}

/** Of the Redis that belongs to no data centre. */
export const witnessPort = (portBase: number) => portBase + 50

export type Ports = ReturnType<typeof portsOf>

export const allPorts = (ports: Ports): number[] => Object.values(ports).flat()

/** @throws when `GALA_PORT_BASE` is not a port that leaves room above it. */
export function portBaseFrom(value: string | undefined): number {
  const portBase = Number(value ?? 7000)
  if (Number.isInteger(portBase) && portBase >= 1024 && portBase <= 60_000) return portBase
  throw new Error(`GALA_PORT_BASE: must be a whole number from 1024 to 60000, not ${value}`)
}
