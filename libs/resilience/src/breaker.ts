import CircuitBreaker from 'opossum'
import type { Governor, Permit, Verdict } from './governor.js'

export interface ActuatorOptions {
  /** Calls under way at once, at most; further ones are refused. */
  capacity: number
  /** No call is waited for longer than this, in milliseconds, whatever its caller allows. */
  timeoutMs: number
}

/** The call was not made. `open`: the dependency is left alone; `full`: too many calls are under way. */
export class NotCalled extends Error {
  constructor(readonly why: 'open' | 'full') {
    super(why === 'open' ? 'the breaker is open' : 'as many calls as allowed are under way')
    this.name = 'NotCalled'
  }
}

/** Longer than any process lives: nothing but the governor ends an open state. setTimeout takes no more than 31 bits. */
const neverMs = 2 ** 31 - 1

/**
 * One dependency's circuit breaker. opossum is the actuator: it holds calls back, bounds how many and how long. The
 * governor owns the state: opossum's own rules are out of reach (its volume threshold is never met, its reset never comes).
 */
export class Breaker {
  readonly #circuit: CircuitBreaker<[() => Promise<unknown>], unknown>
  constructor(
    readonly governor: Governor,
    { capacity, timeoutMs }: ActuatorOptions,
  ) {
    this.#circuit = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
      capacity,
      timeout: timeoutMs,
      volumeThreshold: Number.MAX_SAFE_INTEGER,
      resetTimeout: neverMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorFilter: () => false,
    })
  }

  /**
   * Makes the call if that is allowed, and judges what came of it.
   * @throws NotCalled; ETIMEDOUT from opossum; whatever `call` throws.
   */
  run<T>(call: () => Promise<T>, judge: (result: Result<T>) => Verdict): Promise<T> {
    return this.tryRun(call, judge) ?? Promise.reject(new NotCalled('open'))
  }

  /** As `run`; undefined, at once, when the dependency is left alone. */
  tryRun<T>(call: () => Promise<T>, judge: (result: Result<T>) => Verdict): Promise<T> | undefined {
    const permit = this.governor.admit()
    if (permit) {
      if (this.#circuit.opened) this.#circuit.close()
      return this.#fire(permit, call, judge)
    }
    this.#circuit.open()
    return undefined
  }

  /** Ends the actuator's timers. */
  close() {
    this.#circuit.shutdown()
  }

  async #fire<T>(permit: Permit, call: () => Promise<T>, judge: (result: Result<T>) => Verdict): Promise<T> {
    try {
      const value = (await this.#circuit.fire(call)) as T
      this.governor.settle(permit, judge({ value }))
      return value
    } catch (error) {
      const full = (error as { code?: unknown }).code === 'ESEMLOCKED'
      this.governor.settle(permit, full ? 'ignored' : judge({ error }))
      throw full ? new NotCalled('full') : error
    }
  }
}

export type Result<T> = { value: T } | { error: unknown }
