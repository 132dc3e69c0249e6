interface Held<S> {
  spans: S[]
  untilMs: number
}

/** Spans of traces nobody has decided on yet, by trace: bounded in number, in time, and for each trace. */
export class HeldSpans<S> {
  /** Oldest trace first. */
  readonly #traces = new Map<string, Held<S>>()
  #size = 0
  /** Spans there was no room for: those of the oldest traces, and what one trace has too many of. */
  dropped = 0

  constructor(private readonly bounds: { spansMax: number; perTraceMax: number; keepMs: number }) {}

  get size(): number {
    return this.#size
  }

  add(traceId: string, span: S, nowMs: number) {
    const held = this.#traces.get(traceId) ?? { spans: [], untilMs: nowMs + this.bounds.keepMs }
    if (held.spans.length >= this.bounds.perTraceMax) {
      this.dropped++
      return
    }
    if (held.spans.length === 0) this.#traces.set(traceId, held)
    held.spans.push(span)
    this.#size++
    while (this.#size > this.bounds.spansMax) this.#dropOldest()
  }

  /** Gives away what is held of a trace. */
  take(traceId: string): S[] {
    const held = this.#traces.get(traceId)
    if (!held) return []
    this.#traces.delete(traceId)
    this.#size -= held.spans.length
    return held.spans
  }

  /** Lets go of what nobody wanted in time. */
  expire(nowMs: number) {
    for (const [traceId, { untilMs }] of this.#traces) {
      if (untilMs > nowMs) return
      this.take(traceId)
    }
  }

  #dropOldest() {
    const [oldest] = this.#traces.keys()
    if (oldest !== undefined) this.dropped += this.take(oldest).length
  }
}
