import { type Clock, oneAtATime } from '@gala/kernel'
import type { Gauge } from 'prom-client'

export interface Dependency {
  readonly name: string
  readonly up: boolean
}

/**
 * What this process can say of itself: started, draining, and which of the parts it talks to answer. A lost dependency
 * never makes an instance unready here: it can still serve copies, and the answer says so.
 */
export class Health {
  readonly #dependencies = new Map<string, { up: boolean }>()
  readonly #stops: (() => void)[] = []
  readonly #startGates: { open: boolean }[] = []
  readonly #drains: (() => void | Promise<void>)[] = []
  #started = false
  #draining = false
  /** Position of the newest change applied; set by whoever follows the bus. */
  appliedPosition: () => number | null = () => null

  constructor(
    private readonly clock: Clock,
    private readonly gauge: Gauge<'dependency'>,
  ) {}

  get started() {
    return this.#started && this.#startGates.every(({ open }) => open)
  }

  get ready() {
    return this.started && !this.#draining
  }

  get dependencies(): Record<string, 'up' | 'down'> {
    return Object.fromEntries([...this.#dependencies].map(([name, d]) => [name, d.up ? 'up' : 'down']))
  }

  markStarted() {
    this.#started = true
  }

  /** The process is not ready before this has resolved; when it fails, the process fails. */
  startsAfter(done: Promise<unknown>) {
    const gate = { open: false }
    this.#startGates.push(gate)
    void done.then(() => {
      gate.open = true
    })
  }

  onDrain(run: () => void | Promise<void>) {
    this.#drains.push(run)
  }

  async drain() {
    this.#draining = true
    for (const stop of this.#stops) stop()
    await Promise.all(this.#drains.map((run) => run()))
  }

  /** Watches a dependency: it is up when the last `probe` resolved within `timeoutMs`. Probes never overlap. */
  dependency(name: string, probe: () => Promise<unknown>, every: { everyMs: number; timeoutMs: number }): Dependency {
    const state = { name, up: true }
    this.#dependencies.set(name, state)
    const check = oneAtATime(async () => {
      state.up = await withinMs(this.clock, probe, every.timeoutMs)
      this.gauge.set({ dependency: name }, state.up ? 1 : 0)
    })
    void check()
    this.#stops.push(this.clock.every(every.everyMs, () => void check()))
    return state
  }
}

async function withinMs(clock: Clock, probe: () => Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const done = new AbortController()
  const answered = probe().then(
    () => true,
    () => false,
  )
  const late = clock.sleep(timeoutMs, done.signal).then(() => false)
  const up = await Promise.race([answered, late])
  done.abort()
  return up
}
