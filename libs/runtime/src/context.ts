import type {
  BreakerReport,
  CacheReport,
  ErrorCode,
  LimitReport,
  ResilienceReport,
  Route,
  SheddingReport,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { SwitchBoard } from '@gala/resilience'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { ZodType } from 'zod'
import type { ConfigOf, ConfigShape } from './config.js'
import type { RequestActor } from './contract-route.js'
import type { Door } from './door.js'
import type { Health } from './health.js'
import type { RequestCounts } from './request-counts.js'
import type { Traces } from './traces/traces.js'
import type { Traffic } from './traffic.js'

/** A write that was refused although the caller is known; base puts it in the audit. */
export interface Refusal {
  actor: RequestActor
  route: Route
  params: Record<string, string>
  code: ErrorCode
  detail: string
}

/** What an app can say of itself, set by whoever knows. */
interface Reports {
  /** `/cachez`. */
  cache?: (key: string | undefined) => CacheReport
  /** The rest is `/resiliencez`, which is there when orders of operators are followed. */
  control?: () => Pick<ResilienceReport, 'position' | 'appliedAt' | 'refused'>
  breakers?: () => BreakerReport[]
  shedding?: () => SheddingReport
  limits?: () => LimitReport[]
}

/** What every part of an app may ask for; injected under APP_CONTEXT. */
export interface AppContext<S extends ConfigShape = Record<never, ZodType>> {
  readonly app: string
  readonly config: ConfigOf<S>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  readonly health: Health
  readonly reports: Reports
  readonly requests: RequestCounts
  readonly traffic: Traffic
  /** On which rung each switch is here. */
  readonly switches: SwitchBoard
  /** Of an app that sheds load. */
  shedding: Door | undefined
  /** Of an app that traces what it does. */
  traces: Traces | undefined
  /** Called for each refused write of a known operator. A listener that throws is logged, the refusal still goes out. */
  readonly refusalListeners: ((refusal: Refusal) => Promise<void>)[]
}

export const APP_CONTEXT = Symbol('APP_CONTEXT')
