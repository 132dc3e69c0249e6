import type { PlatformClient, PlatformOptions, PlatformStatus } from '@gala/platform'
import type { FaultProxy } from './fault-proxy.js'
import type { Figure } from './report.js'

/** A platform of the drill's own, running. */
export interface Rig {
  client: PlatformClient
  status: PlatformStatus
  stateDir: string
  /** In front of the application of each data centre, in their order, where the drill wants them. */
  proxies: readonly FaultProxy[]
  /** How many it is to make, of a drill that says how many it makes. */
  requests: number
  /** How long it is to go on, of a drill that says how long it does. */
  seconds: number
  /** Whether whoever it compares with is to be measured too. */
  peer: boolean
  /** Which of its parts are to be run, of a drill that has parts. */
  only: readonly string[]
  /** How many viewers there are to be, of a drill that says how many there are. */
  viewers: number | undefined
}

type EnvOf = NonNullable<PlatformOptions['envOf']>

export interface Drill {
  about: string
  sizes: NonNullable<PlatformOptions['sizes']>
  /** Environment of single parts, by name; or what starts something they are to use, and says where that is. */
  envOf?: EnvOf | ((given: { portBase: number; stateDir: string }) => Promise<EnvOf>)
  /** Everything said between data centres passes a relay that can be told to delay, drop or cut. */
  links?: { delayMs: number }
  /** Access reaches every application, of which each data centre has one, through a proxy that can be ill. */
  proxied?: true
  /** It makes so many requests when nothing else is said, at least. */
  requests?: number
  /** It goes on for so long when nothing else is said, in seconds. */
  seconds?: number
  /** It measures somebody else beside the platform, unless told not to. */
  peer?: true
  /** It can be run in parts, and with as many viewers as the machine has room for. */
  parts?: readonly string[]
  /** Rules may raise switches while it runs. */
  rules?: 'on'
  run(rig: Rig, say: (line: string) => void): Promise<Figure[]>
}

/** A drill that starts what it needs itself. */
export interface BareDrill extends Pick<Drill, 'about' | 'requests' | 'parts'> {
  run(
    root: string,
    stateDir: string,
    say: (line: string) => void,
    given: Pick<Rig, 'requests' | 'only'>,
  ): Promise<Figure[]>
}
