import { AppError, headers, type opsApi, type RouteInput, type RouteReply } from '@gala/contracts'
import { APP_CONTEXT, forceToken } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { OperatorWrites } from '../writes/operator-writes.js'

type Forced = typeof opsApi.traces.force

@Injectable()
export class TracesService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly audit: AuditRepository,
  ) {}

  /** Requests with it cost what a miss does, so who has got one stands in the audit. @throws AppError TRACING_OFF. */
  async force({ forS, reason }: RouteInput<Forced>['body'], actor: Act['actor']): Promise<RouteReply<Forced>> {
    const { GALA_TRACE_KEY: key } = this.context.config
    if (!key) throw new AppError('TRACING_OFF', 'GALA_TRACE_KEY is not set here')
    const expiresAtMs = this.context.clock.nowMs() + forS * 1_000
    const expiresAt = new Date(expiresAtMs).toISOString()
    const { value } = await this.writes.write(actor, async (manager) => {
      await this.audit.done(manager, { actor, action: 'traces.force', target: 'traces', reason, after: { expiresAt } })
      return { value: { header: headers.trace, token: forceToken(key, expiresAtMs), expiresAt }, tags: [] }
    })
    return value
  }
}
