import type { Rung } from '@gala/contracts'

export interface Load {
  /** Accepted in the last moments. */
  messagesPerS: number
  viewers: number
  /** Access processes that share them. */
  processes: number
  /** How late this process is with its own work. */
  delayMs: number
  /** Of the switch `chat-flow`. */
  rung: Rung
}

export const windowMinMs = 100
/** With the time a block takes to be made and written, a message is seen within half a second. */
const windowBusyMs = 400
const windowMaxMs = 1_000
/** Writing a block to one socket: 68 ms for 10,000 were measured. */
const perViewerMs = 0.007
/** The part of an access process's time that blocks of one room may take. */
const writingPart = 0.03
/** Lateness at which a window is twice as long: a quarter of what a process calls as much as is good. */
const doubledAtMs = 25

/**
 * How long to gather messages before the next block: as short as access can write them.
 *
 * Each block costs a write to every viewer, however much is in it. After a block one waits for the window, and then for the
 * next message; with a window of `1 / blocks − 1 / messages` that makes no more blocks a second than access may spend a
 * thirtieth of its time on, as long as nobody waits longer than half a second for it: a chat is read, not played. So a quiet room
 * has its 100 ms however large it is, and so have a few hundred viewers. When this process itself is late, it makes fewer.
 */
export function windowMs({ messagesPerS, viewers, processes, delayMs, rung }: Load): number {
  if (rung !== 'full') return windowMaxMs
  const writeMs = (Math.max(0, viewers) / Math.max(1, processes)) * perViewerMs
  const wantedMs = writeMs / writingPart - (messagesPerS > 0 ? 1_000 / messagesPerS : Number.POSITIVE_INFINITY)
  const busyMs = Math.min(windowBusyMs, Math.max(windowMinMs, wantedMs))
  return Math.round(Math.min(windowMaxMs, busyMs * (1 + Math.max(0, delayMs) / doubledAtMs)))
}
