import { type opsApi, type RouteReply, type Switchboard, type SwitchKey, switches, switchKeys } from '@gala/contracts'
import type { Governing } from '@gala/resilience'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { documentOf, type Orders, positionOf } from '../control/control.repository.js'
import { ControlReader } from '../control/control-reader.js'
import { ReceiptBook } from '../control/receipts.js'
import { ResilienceReports } from '../control/resilience-reports.js'
import { FleetService } from '../fleet/fleet.service.js'
import { RulesWatch } from '../rules/rules-watch.service.js'
import { effectiveIn } from './effective.js'
import { levelIn } from './level-order.js'
import { needsTwoPersons } from './order-rules.js'
import { type Process, ProcessSampler } from './process-sampler.service.js'
import { SavingsService } from './savings.service.js'
import { levelOrderIn, newestOf, switchStanding } from './standing.js'
import { openProposal, revOf, toProposal } from './switch-rows.js'

/** Everything operators see of switches and levels. */
@Injectable()
export class SwitchboardService {
  readonly #receipts = new ReceiptBook()

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly reader: ControlReader,
    private readonly reports: ResilienceReports,
    private readonly sampler: ProcessSampler,
    private readonly rules: RulesWatch,
    private readonly savings: SavingsService,
  ) {}

  /** `fresh` false: as processes said within the last second, which asks nobody. */
  async board(fresh = true): Promise<Switchboard> {
    const [orders, processes] = await Promise.all([
      this.reader.orders(),
      fresh ? this.reports.all() : this.sampler.latest,
    ])
    const nowMs = this.context.clock.nowMs()
    return {
      asOf: new Date(nowMs).toISOString(),
      position: positionOf(orders),
      level: this.#level(orders, nowMs),
      switches: switchKeys.map((key) => this.#item(key, orders, processes, nowMs)),
      traffic: this.sampler.traffic(),
      processes: processes.map(({ name, kind, dc, report, detail }) => ({
        name,
        kind,
        dc,
        position: report?.position ?? null,
        detail: detail ?? report?.refused ?? null,
      })),
    }
  }

  async receipts(key: SwitchKey): Promise<RouteReply<typeof opsApi.switches.receipts>> {
    const [orders, processes] = await Promise.all([this.reader.orders(), this.reports.all()])
    const newest = newestOf(orders.switches.filter((row) => row.key === key))
    const refused = processes.flatMap(({ name, report }) => (report?.refused ? [{ name, why: report.refused }] : []))
    const total = processes.length
    if (!newest) return { rev: 0, applied: total, total, laggards: [], lastAckMs: null, refused }
    const { position: rev, ...receipts } = this.#receipts.of(newest, positionOf(orders), processes)
    return { rev, ...receipts, refused }
  }

  /** What a data centre goes by now. */
  governing(orders: Orders, dc: string, nowMs: number): Governing {
    const { switches: standing, levels } = documentOf(orders, nowMs)
    return { switches: standing, levels, acts: this.rules.acts(dc) }
  }

  #level({ levels, proposals }: Orders, nowMs: number): Switchboard['level'] {
    const rev = revOf(levels)
    const proposal = openProposal(proposals, '', rev, nowMs)
    const items = this.fleet.dcs.map((dc) => ({
      dc,
      level: levelIn(levels, dc, nowMs),
      order: levelOrderIn(levels, dc, nowMs),
    }))
    return { rev, items, proposal: proposal ? toProposal(proposal) : null }
  }

  #item(key: SwitchKey, orders: Orders, processes: readonly Process[], nowMs: number): Switchboard['switches'][number] {
    const { title, criticality, owner, ladder, loses, needs } = switches[key]
    const rows = orders.switches.filter((row) => row.key === key)
    const standing = switchStanding(rows, nowMs)
    const newest = newestOf(rows)
    const proposal = openProposal(orders.proposals, key, standing.rev, nowMs)
    const last = ladder.at(-1) ?? 'full'
    return {
      key,
      title,
      criticality,
      owner,
      ladder: [...ladder],
      loses,
      needs: [...needs],
      ...standing,
      effective: this.fleet.dcs.map((dc) => effectiveIn(key, dc, processes, this.governing(orders, dc, nowMs))),
      automatic: this.rules.itemsOf(key),
      proposal: proposal ? toProposal(proposal) : null,
      receipts: newest ? this.#receipts.of(newest, positionOf(orders), processes) : null,
      savings: this.savings.of(key),
      twoPersons: needsTwoPersons({ key, asked: { to: last } }),
    }
  }
}
