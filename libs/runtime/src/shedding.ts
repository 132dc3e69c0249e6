import { performance } from 'node:perf_hooks'
import { type Criticality, criticalities, type SheddingReport } from '@gala/contracts'
import { Headroom, type Occupancy, Shedder } from '@gala/resilience'
import type { AppContext } from './context.js'
import type { Copies, Door } from './door.js'
import { collected, gauged } from './metrics.js'

const tickMs = 20
/** Requests a process works on at once where nothing else bounds them: each holds some 10 KB. */
const inFlightMax = 1_000

/** What a process leaves out when there is more than it can do: the door, and what it knows of its own headroom. */
export class Shedding implements Door {
  readonly headroom: Headroom
  readonly shedder: Shedder
  /** Work on requests here, unless the app names something narrower. */
  readonly #inFlight: Occupancy & { inFlight: number; asked: number } = {
    inFlight: 0,
    limit: inFlightMax,
    asked: 0,
    refused: 0,
  }
  copies: Copies | undefined
  /** Requests dropped because nobody waited any more. */
  expired = 0

  constructor(
    context: AppContext,
    /** False: everybody is let in, and nothing is dropped. */
    readonly on: boolean,
  ) {
    const { clock, log, health } = context
    let before = performance.eventLoopUtilization()
    const busy = () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    }
    this.headroom = new Headroom({ clock, tickMs, busy })
    this.headroom.occupancy = this.#inFlight
    const told = () => ({ delayMs: Math.round(this.headroom.delayMs), ...this.#work })
    this.shedder = new Shedder({
      clock,
      strain: () => this.headroom.take(),
      onBegin: () => log.warn(told(), 'there is more to do than can be done: less important requests are refused'),
      onEnd: () => log.info({ refused: this.shedder.refused }, 'every request is let in again'),
    })
    signals(context, this)
    context.reports.shedding = () => this.report
    if (!on) return
    const stop = clock.every(tickMs, () => {
      this.headroom.tick()
      this.shedder.adapt(clock.monotonicMs())
    })
    health.onDrain(stop)
  }

  get delayMs(): number {
    return this.headroom.delayMs
  }

  get headroomLeft(): number {
    return this.headroom.value
  }

  /** What bounds this process more narrowly than the number of its requests. */
  boundedBy(occupancy: Occupancy) {
    this.headroom.occupancy = occupancy
  }

  enter(criticality: Criticality, client: string | undefined): (() => void) | undefined {
    if (!this.on) return () => {}
    if (!this.shedder.admit(criticality, client)) return undefined
    this.began()
    return () => this.ended()
  }

  began() {
    this.#inFlight.inFlight++
    this.#inFlight.asked++
  }

  ended() {
    this.#inFlight.inFlight--
    this.shedder.finished()
  }

  get report(): SheddingReport {
    const { value, delayMs } = this.headroom
    return {
      on: this.on,
      headroom: value,
      loopDelayMs: Math.round(delayMs * 10) / 10,
      ...this.#work,
      admits: this.shedder.admits,
      refused: this.shedder.refused,
      expired: this.expired,
    }
  }

  get #work(): { inFlight: number; limit: number } {
    const { inFlight, limit } = this.headroom.occupancy ?? this.#inFlight
    return { inFlight, limit }
  }
}

function signals({ metrics }: AppContext, shedding: Shedding) {
  const { headroom, shedder } = shedding
  const refused = 'Requests not let in because there was more to do than could be done'
  collected(metrics, 'gala_shed_requests_total', refused, ['criticality'], function* () {
    const counts: Record<Criticality, number> = shedder.refused
    for (const criticality of criticalities) yield [{ criticality }, counts[criticality]]
  })
  collected(metrics, 'gala_expired_requests_total', 'Requests dropped because nobody waited any more', [], () => [
    [{}, shedding.expired],
  ])
  gauged(metrics, 'gala_headroom', '1: idle; 0: as much to do as can be done', () => headroom.value)
  gauged(metrics, 'gala_loop_delay_seconds', 'How late the event loop is', () => headroom.delayMs / 1000)
  gauged(
    metrics,
    'gala_loop_delay_longest_seconds',
    'How late the event loop was at most, in the last half to whole minute',
    () => headroom.longestMs / 1000,
  )
  gauged(metrics, 'gala_work_in_flight', 'Work under way, of what bounds it most', () => shedding.report.inFlight)
  gauged(metrics, 'gala_work_limit', 'Work under way at most, as adapted', () => shedding.report.limit)
}
