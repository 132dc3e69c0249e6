import type { Part } from './part.js'

interface DcStatus {
  id: string
  role: 'writer' | 'replica'
  ready: boolean
  edge: string
  access: string[]
  application: string[]
  /** Application processes of the pool `hot`. */
  hot: string[]
  base: string[]
  redis: string
  /** Where its pipeline has its event log: that Redis, or a Kafka. */
  eventLog: string
  mysql: string
  parts: Part['report'][]
}

/** The answer of `npm run status -- --json`. */
export interface PlatformStatus {
  ready: boolean
  dcs: DcStatus[]
  /** What stands in no data centre: links. */
  others: Part['report'][]
  console: string
  viewer: string
  opsToken: string
  viewerToken: string
}

/** What is said when nothing runs. */
export const nothingRuns = { ready: false, dcs: [], others: [] }
