import type { MessagePort } from 'node:worker_threads'
import type { Run } from '../handler.js'
import type { Progress } from '../ledger.js'

/** What a thread is given to do. A warm one has loaded all handlers and waits. */
export type Task = { kind: 'warm' } | { kind: 'run'; handler: string; params: unknown; run: Run; port: MessagePort }

/** JSON travels as text: what cannot be written as JSON ends in the thread that made it. */
export type FromThread = ({ kind: 'progress' } & Progress) | { kind: 'act'; id: number; act: string; input: string }

export type ToThread =
  | { kind: 'abort'; why: string }
  | { kind: 'done'; id: number; reply: string | undefined }
  | { kind: 'refused'; id: number; code: string; message: string; retryable: boolean }

/** How a handler ended. `progress`: what had not been told yet. */
export type Ended = { progress: Progress | undefined; result: string | undefined } & (
  | { ok: true }
  | { ok: false; detail: string; retryable: boolean }
)

/** Of a result, and of what an act is given. */
const jsonBytesMax = 65_536
const detailMax = 500
const noteMax = 120

/** A text of others, as long as the ledger keeps it. */
export const bounded = (text: string, max: number = detailMax): string => text.slice(0, max).toWellFormed()
export const boundedNote = (note: string): string => bounded(note, noteMax)

/** What somebody threw, in words. */
export function detailOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown }
  return bounded(typeof message === 'string' ? message : String(error)) || 'it failed and said nothing'
}

/** Whether running it again may help: unless the error says otherwise. */
export const retryableOf = (error: unknown): boolean => (error as { retryable?: unknown } | null)?.retryable !== false

/** @throws when it is no JSON, or too much of it. */
export function jsonOf(value: unknown, what: string): string | undefined {
  const json = JSON.stringify(value)
  const bytes = json === undefined ? 0 : Buffer.byteLength(json)
  if (bytes > jsonBytesMax) throw new Error(`${what} has ${bytes} bytes of JSON, at most ${jsonBytesMax} are taken`)
  return json
}
