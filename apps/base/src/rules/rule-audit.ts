import { randomHex } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'

/** An hour of a rule that flaps as fast as damping lets it. */
const waitingMax = 200
const tryEveryMs = 1_000
const batchMax = 20

/** Puts what rules do into the audit when the database takes it. Rules do not wait for that. */
@Injectable()
export class RuleAudit implements OnApplicationBootstrap {
  #waiting: Act[] = []
  #busy = false

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
    private readonly audit: AuditRepository,
  ) {}

  onApplicationBootstrap() {
    const { clock, health } = this.context
    health.onDrain(clock.every(tryEveryMs, () => void this.#write()))
  }

  /** Beyond the most that may wait the oldest is lost, and counted. */
  note(act: Pick<Act, 'action' | 'reason' | 'before' | 'after'>, rule: string) {
    const subject = `rule:${rule}`
    // No person has a role here; what rules do is what operators may do.
    const actor = { subject, role: 'operator' as const, traceId: randomHex(16) }
    this.#waiting.push({ ...act, actor, target: subject, at: new Date(this.context.clock.nowMs()) })
    while (this.#waiting.length > waitingMax) {
      this.#waiting.shift()
      this.signals.ruleAuditLost()
    }
    void this.#write()
  }

  async #write() {
    if (this.#busy) return
    this.#busy = true
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, batchMax)
        await this.audit.afterwards(batch)
        this.#waiting = this.#waiting.filter((act) => !batch.includes(act))
      }
    } catch {
      this.signals.ruleAuditLate()
    } finally {
      this.#busy = false
    }
  }
}
