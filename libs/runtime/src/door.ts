import type { Criticality, Route } from '@gala/contracts'
import type { Occupancy } from '@gala/resilience'
import type { Asked } from './named-header.js'

/** A whole answer. To be written at once: the same object is handed out for the next request. */
export interface Ready {
  readonly status: 200 | 304
  /** These three differ from one time to the next. */
  traceparent: string
  /** In seconds. */
  age: number
  /** For how long the edge may keep it, as nginx reads it. */
  until: string
  /** All other headers, names and values by turns. */
  readonly head: readonly string[]
  readonly body: Buffer
  /** Head and body as text, once they have been needed. */
  text?: { head: string; body: string }
}

/** An answer, nothing, or a promise when it has to be looked for on disk. */
export type Left = Ready | undefined | Promise<Ready | undefined>

/** Whether there is room for work on a route beside the request: what to call when it is over, or undefined when there is none. */
export type LetIn = (route: Route, request: Asked) => (() => void) | undefined

/** Answers an app has in memory, for a request that the framework will not see. */
export interface Copies {
  /** One as good as an answer made now. One that should be renewed is renewed behind it, when that is let in. */
  fresh(route: Route, request: Asked, letIn: LetIn): Ready | undefined
  /** What is left, marked. */
  left(route: Route, request: Asked): Left
  /** What a switch on this rung leaves, marked. `partial`: other viewers get more, so nobody may keep it for them. */
  cut(route: Route, rung: 'cached' | 'static', partial: boolean, request: Asked): Left
}

/** What an app may tell of itself to what stands before it. */
export interface Door {
  /** False: everybody is let in, and nothing is dropped. */
  readonly on: boolean
  copies: Copies | undefined
  /** How late this process is with its own work, in milliseconds, over the last moments. */
  readonly delayMs: number
  /** How much more can be done: 1 when there is nothing to do, 0 when there is as much as can be. */
  readonly headroomLeft: number
  /** Lets work in that comes by another way than requests: what to call when it is done, or undefined when there is no room for it. */
  enter(criticality: Criticality, client: string | undefined): (() => void) | undefined
  /** What bounds this process more narrowly than the number of its requests. */
  boundedBy(occupancy: Occupancy): void
}
