/** How far one observation moves the estimate, as a part of it. */
const stepPart = 0.02

/**
 * An estimate of one quantile of latencies, without keeping any: it goes up a large step for each one above, down a small one
 * for each below, so that it rests where `part` of them are below. Source: stochastic approximation (Robbins and Monro).
 */
export class LatencyQuantile {
  #ms: number

  constructor(
    private readonly part: number,
    private readonly minMs: number,
    private readonly maxMs: number,
    firstMs: number,
  ) {
    this.#ms = firstMs
  }

  get ms(): number {
    return this.#ms
  }

  observe(tookMs: number) {
    const step = Math.max(this.#ms, this.minMs) * stepPart
    const next = this.#ms + (tookMs > this.#ms ? step * this.part : -step * (1 - this.part))
    this.#ms = Math.min(this.maxMs, Math.max(this.minMs, next))
  }
}
