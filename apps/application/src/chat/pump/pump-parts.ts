import type { Rung } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'
import type { Traces } from '@gala/runtime'
import type { PumpSignals } from './pump-signals.js'

/** What every pump of a process stands on. */
export interface PumpParts {
  store: RoomStore
  clock: Clock
  instance: string
  /** Another one for each life of a process. */
  holder: string
  /** Of the switch `chat-flow`. */
  rung: () => Rung
  /** How late this process is with its work. */
  delayMs: () => number
  /** In [0, 1). */
  chance: () => number
  signals: PumpSignals
  traces?: Pick<Traces, 'task'> | undefined
}
