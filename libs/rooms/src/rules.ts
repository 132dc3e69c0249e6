import type { MessageType } from '@gala/contracts'
import { lanes } from '@gala/contracts'

export type Lane = (typeof lanes)[MessageType]
export const laneNames = Object.values(lanes) as Lane[]

/**
 * How many messages a lane holds. Chat: what a room takes in four seconds at 500 a second; a pump that is further behind has to leave out more
 * than that anyway. Gifts: those of a link that is cut for an hour at five a second. Of 500 bytes each, a room has some 12 MB at most.
 */
export const laneMax: Readonly<Record<Lane, number>> = { chat: 2_000, gift: 20_000, notify: 500, pk: 1_000 }

export const blocksMax = 600
export const ringBytesMax = 4 * 1_048_576

/** A client's number is remembered for this long at least, twice as long at most. */
export const seenMs = 600_000
/** Unless there are more: at 1,600 messages a second in one room the memory begins to be shorter. Some 80 MB. */
export const seenMax = 1_000_000

/** Steps of taking over for which it is known which place stands for which position. At 20 a second, 50 seconds. */
export const marksMax = 1_000

export const heldMax = 500
export const idleMs = 24 * 3_600_000
export const reportMs = 10_000
/** Processes that report on one room. */
export const reportsMax = 256
export const activeRoomsMax = 10_000
/** Of one answer, however much is asked for. */
export const readMax = 5_000

/** Once in so long at most is it told that something was accepted in a room. */
export const tellEveryMs = 20
