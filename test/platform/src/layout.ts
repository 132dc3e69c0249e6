export type DcCount = 1 | 2 | 3

/** Which data centres there are. The first one writes when nothing is known of the past. */
export const dcIdsOf = (dcs: DcCount = 2): readonly string[] => ['dc-a', 'dc-b', 'dc-c'].slice(0, dcs)

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
  pipeline: number
  /** Kafka brokers, which are their own controllers: one or none. */
  kafka: 0 | 1
  /** By data centre, in their order. */
  redis: readonly RedisForm[]
}

/** One of each unless said otherwise. */
export const sizesOf = (given: Partial<Sizes> = {}): Sizes => ({
  access: 1,
  application: 1,
  hot: 1,
  base: 1,
  pipeline: 1,
  kafka: 0,
  redis: [],
  ...given,
})

/** Ports of one data centre: a block of a hundred above the base port. */
export function portsOf(portBase: number, dcIndex: number, sizes: Sizes) {
  const block = blockOf(portBase, dcIndex)
  const several = (first: number, count: number) => Array.from({ length: count }, (_, i) => block + first + 1 + i)
  return {
    edge: block + 10,
    access: several(20, sizes.access),
    application: several(30, sizes.application),
    hot: several(35, sizes.hot),
    base: several(40, sizes.base),
    redis: several(49, redisProcesses[sizes.redis[dcIndex] ?? 'single']),
    pipeline: several(55, sizes.pipeline),
    mysql: block + 60,
    /** Of a broker, and of the controller in it. */
    kafka: several(60, 2 * sizes.kafka),
  }
}

/** Of the Redis that belongs to no data centre. */
export const witnessPort = (portBase: number) => portBase + 50
/** Stands for a data centre's index where something stands in none. */
export const outside = 3

export type Ports = ReturnType<typeof portsOf>

const blockOf = (portBase: number, dcIndex: number) => portBase + 100 * (dcIndex + 1)

/** Where the first relay listens, and how much of a block it stands for: nothing of ours is above that. */
const firstRelayed = 370
const relayedPorts = 70

/**
 * Where a port of another data centre is reached from one of them: each way has a block of its own, and the order within it
 * is that of the block it leads to. `outside` is what stands in no data centre, with ports right above the base port; it asks
 * nobody. Nine ways fill what is left below a thousand.
 */
export function relayedPort(portBase: number, from: number, to: number, port: number): number {
  const way = to === outside ? 6 + from : 2 * from + (to > from ? to - 1 : to)
  const offset = port - (to === outside ? portBase : blockOf(portBase, to))
  if (offset < 0 || offset >= relayedPorts) throw new Error(`port ${port} is not one of place ${to}`)
  return portBase + firstRelayed + relayedPorts * way + offset
}

/** Where the relay between two of them takes orders: the last port of the block that leads from the first to the second. */
export const relayControlPort = (portBase: number, from: number, to: number) =>
  relayedPort(portBase, from, to, (to === outside ? portBase : blockOf(portBase, to)) + relayedPorts - 1)

export const allPorts = (ports: Ports): number[] => Object.values(ports).flat()

/** The same ports as somebody else knows them. */
export const mapPorts = (ports: Ports, map: (port: number) => number): Ports => ({
  edge: map(ports.edge),
  access: ports.access.map(map),
  application: ports.application.map(map),
  hot: ports.hot.map(map),
  base: ports.base.map(map),
  pipeline: ports.pipeline.map(map),
  redis: ports.redis.map(map),
  mysql: map(ports.mysql),
  kafka: ports.kafka.map(map),
})

/** @throws when `GALA_PORT_BASE` is not a port that leaves room above it. */
export function portBaseFrom(value: string | undefined): number {
  const portBase = Number(value ?? 7000)
  if (Number.isInteger(portBase) && portBase >= 1024 && portBase <= 60_000) return portBase
  throw new Error(`GALA_PORT_BASE: must be a whole number from 1024 to 60000, not ${value}`)
}
