import type { ResilienceReport, Traffic } from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { ResilienceReports } from '../control/resilience-reports.js'
import { FleetService } from '../fleet/fleet.service.js'
import type { Reported } from '../fleet/process-reports.js'
import { TrafficMeter } from './traffic.js'

/** Rules have to see in time what they act on; the others are only shown. */
const ownEveryMs = 500
const othersEveryMs = 1_000

export type Process = Reported<ResilienceReport>

/** Looks at every process all the time: what rates are made from, and what rules watch. Each data centre at its own pace. */
@Injectable()
export class ProcessSampler implements OnApplicationBootstrap {
  readonly #meter = new TrafficMeter()
  readonly #latest = new Map<string, Process[]>()
  readonly #listeners = new Set<(processes: readonly Process[]) => void>()

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly reports: ResilienceReports,
  ) {}

  onApplicationBootstrap() {
    const { clock, health, config } = this.context
    for (const dc of this.fleet.dcs) {
      const look = oneAtATime(() => this.#look(dc))
      health.onDrain(clock.every(dc === config.GALA_DC ? ownEveryMs : othersEveryMs, () => void look()))
      void look()
    }
  }

  /** What every process said last, in the order of the topology. */
  get latest(): Process[] {
    return this.fleet.dcs.flatMap((dc) => this.#latest.get(dc) ?? [])
  }

  traffic(): Traffic[] {
    return this.#meter.read(this.context.clock.monotonicMs(), this.latest, this.fleet.dcs)
  }

  /** Called with the processes of the own data centre after every look at them. */
  onOwn(listener: (processes: readonly Process[]) => void) {
    this.#listeners.add(listener)
  }

  async #look(dc: string) {
    const { clock, config } = this.context
    const processes = await this.reports.of(dc)
    this.#latest.set(dc, processes)
    this.#meter.take(clock.monotonicMs(), processes)
    if (dc !== config.GALA_DC) return
    for (const listener of this.#listeners) listener(processes)
  }
}
