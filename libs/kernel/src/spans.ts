import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from './clock.js'
import { randomHex } from './ids.js'

export type SpanKind = 'server' | 'client' | 'internal'
export type Attributes = Record<string, string | number | boolean>

/** A step that is over. */
export interface EndedSpan {
  /** 32 hex digits, and 16 of each step (W3C Trace Context). */
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly name: string
  readonly kind: SpanKind
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly durationMs: number
  readonly attributes: Readonly<Attributes>
  /** What it failed with; undefined when it did not. */
  readonly error: string | undefined
}

/** What spans of a process have in common. */
export interface Tracing {
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  onEnd: (span: EndedSpan) => void
}

/** Where a span stands. */
interface Place {
  traceId: string
  parentId: string | undefined
  /** Token of operators by which the trace is kept, whatever becomes of it; goes on to whoever is asked. */
  force: string | undefined
}

const now = new AsyncLocalStorage<OpenSpan>()

/** Trace id of what is being done now; undefined when it is not traced. */
export const tracedNow = (): string | undefined => now.getStore()?.traceId

/** Whether what is being done now gets nothing from memory: operators want to see every step of it. */
export const askedAnew = (): boolean => now.getStore()?.force !== undefined

/** The same function, as a part of what is being done now, whoever calls it later. */
export const boundHere = <A extends unknown[], R>(run: (...args: A) => R): ((...args: A) => R) => {
  const span = now.getStore()
  return span ? (...args) => now.run(span, run, ...args) : run
}

/**
 * Begins a call to another part on behalf of what is being traced now; undefined when nothing is, which costs one look. Nothing a
 * client has sent may stand in the name or the attributes.
 */
export const beginCall = (name: string, attributes: Attributes): OpenSpan | undefined =>
  now.getStore()?.child(name, attributes)

/** Traces one call, when something is being traced; else only makes it. */
export function asCall<T>(name: string, attributes: Attributes, call: () => Promise<T>): Promise<T> {
  const span = beginCall(name, attributes)
  return span ? endedWith(span, call()) : call()
}

/** Ends the span with what becomes of it. @returns the same promise. */
export function endedWith<T>(span: OpenSpan, work: Promise<T>): Promise<T> {
  work.then(
    () => span.end(),
    (error: unknown) => span.end(error ?? new Error('failed')),
  )
  return work
}

/** Text of an error; what a part says of a failure is short. */
const errorTextMax = 200

/** A step of what is being traced, from its beginning to `end`. */
export class OpenSpan implements EndedSpan {
  readonly spanId = randomHex(8)
  readonly traceId: string
  readonly parentId: string | undefined
  readonly atMs: number
  readonly force: string | undefined
  durationMs = -1
  error: string | undefined
  readonly #startedMs: number

  constructor(
    private readonly tracing: Tracing,
    readonly name: string,
    readonly kind: SpanKind,
    public attributes: Attributes,
    { traceId, parentId, force }: Place,
  ) {
    this.#startedMs = tracing.clock.monotonicMs()
    this.traceId = traceId
    this.parentId = parentId
    this.force = force
    this.atMs = tracing.clock.nowMs()
  }

  /** For whoever is asked on its behalf (W3C Trace Context). */
  get traceparent(): string {
    return `00-${this.traceId}-${this.spanId}-01`
  }

  child(name: string, attributes: Attributes): OpenSpan {
    const { traceId, spanId: parentId, force } = this
    return new OpenSpan(this.tracing, name, 'client', attributes, { traceId, parentId, force })
  }

  /** Whatever `run` begins, and all that follows from it, belongs to this span. */
  within<T>(run: () => T): T {
    return now.run(this, run)
  }

  set(attributes: Attributes) {
    this.attributes = { ...this.attributes, ...attributes }
  }

  /** Calls after the first do nothing. */
  end(error?: unknown) {
    if (this.durationMs >= 0) return
    if (error !== undefined) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      this.error = message.slice(0, errorTextMax)
    }
    this.durationMs = this.tracing.clock.monotonicMs() - this.#startedMs
    this.tracing.onEnd(this)
  }
}
