import type { Ports, Sizes } from './layout.js'
import { mysqlUrl } from './parts/mariadb.js'
import type { Secrets } from './secrets.js'

export interface TopologyOptions {
  /** The checkout. */
  root: string
  stateDir: string
  /** Gone when the platform stops. */
  memoryDir: string
  portBase: number
  dcIds: readonly string[]
  sizes: Sizes
  /** Everything said between data centres passes a relay that is so long, one way. */
  links: { delayMs: number } | undefined
  secrets: Secrets
  release: string
  /** Events with a test signal. */
  streams: readonly string[]
  /** Further environment of every app, for tests. */
  env: Record<string, string>
  /** Further environment of single parts, by name. */
  envOf: Record<string, Record<string, string>>
  /** By data centre: the addresses of what stands between access and its application. */
  applicationVia: Readonly<Record<string, readonly string[]>>
}

export const formOf = ({ sizes }: TopologyOptions, index: number) => sizes.redis[index] ?? 'single'

/** The database of every data centre. */
export const servers = ({ dcIds }: TopologyOptions, user: string, password: string, all: Ports[], schema?: string) =>
  all.map((ports, i) => `${dcIds[i]}=${mysqlUrl(user, password, ports.mysql, schema)}`).join(',')

/** Own data centre's database first. */
export const readers = ({ dcIds }: TopologyOptions, user: string, password: string, index: number, all: Ports[]) =>
  all
    .map((ports, i) => ({ own: i === index, pair: `${dcIds[i]}=${mysqlUrl(user, password, ports.mysql)}` }))
    .toSorted((a, b) => Number(b.own) - Number(a.own))
    .map(({ pair }) => pair)
    .join(',')

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`there is no data centre ${index}`)
  return item
}
