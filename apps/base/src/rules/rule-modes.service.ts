import { AppError, type opsApi, type RouteInput, type RouteReply, tags } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { ControlPublisher } from '../control/control-publisher.service.js'
import { ControlReader } from '../control/control-reader.js'
import { SwitchesRepository } from '../switches/switches.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { modeFirst, ruleSpecs } from './rules.js'
import { RulesWatch } from './rules-watch.service.js'

type ModeGiven = RouteInput<typeof opsApi.rules.set>['body']

/** What operators see of rules, and whether these may act. */
@Injectable()
export class RuleModesService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly reader: ControlReader,
    private readonly watch: RulesWatch,
    private readonly repository: SwitchesRepository,
    private readonly publisher: ControlPublisher,
    private readonly audit: AuditRepository,
  ) {}

  async list(): Promise<RouteReply<typeof opsApi.rules.list>> {
    const { rules } = await this.reader.orders()
    const items = ruleSpecs.map((given) => {
      const { read: _, ...spec } = given
      const row = rules.find(({ id }) => id === spec.id)
      const now = this.watch.nowOf(spec.id)
      return {
        ...spec,
        scope: 'dc' as const,
        mode: row?.mode ?? modeFirst(given, this.context.config.GALA_RULES),
        rev: Number(row?.position ?? 0),
        now,
      }
    })
    return { items }
  }

  /** @throws AppError RULE_NOT_FOUND, STALE_VERSION. */
  async set(id: string, given: ModeGiven, actor: Act['actor']) {
    const { value, position } = await this.writes.write(actor, (manager, newest) =>
      this.setWithin(manager, newest, id, given, actor),
    )
    this.publisher.expect(position)
    return value
  }

  /** The same inside a write that somebody else has begun. Without `expectedRev`, whatever stands is changed. */
  async setWithin(
    manager: EntityManager,
    newest: number,
    id: string,
    { mode, reason, expectedRev }: Omit<ModeGiven, 'expectedRev'> & { expectedRev?: number },
    actor: Act['actor'],
  ) {
    const spec = ruleSpecs.find((of) => of.id === id)
    if (!spec) throw new AppError('RULE_NOT_FOUND', `there is no rule ${id}`)
    const row = await this.repository.ruleOf(manager, id)
    const before = {
      mode: row?.mode ?? modeFirst(spec, this.context.config.GALA_RULES),
      rev: Number(row?.position ?? 0),
    }
    if (expectedRev !== undefined && before.rev !== expectedRev) {
      const detail = `rule:${id} is at revision ${before.rev}, not ${expectedRev}`
      throw new AppError('STALE_VERSION', detail, { current: before })
    }
    const at = new Date(this.context.clock.nowMs())
    await this.repository.setRule(manager, { id, mode, actor: actor.subject, reason, at, position: String(newest) })
    const after = { mode, rev: newest }
    await this.audit.done(manager, { actor, action: 'rules.set', target: `rule:${id}`, reason, before, after })
    return { value: { rev: newest }, tags: [tags.control] }
  }
}
