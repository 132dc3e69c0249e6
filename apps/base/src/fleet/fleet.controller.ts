import { opsApi, opsStreamPath, type RouteInput } from '@gala/contracts'
import { Actor, APP_CONTEXT, ContractRoute, Input, type RequestActor, RequireRole } from '@gala/runtime'
import { Controller, Get, Inject, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { FleetService } from './fleet.service.js'
import { StreamService } from './stream.service.js'

const { me, instances, audit } = opsApi.fleet

@Controller()
export class FleetController {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly auditLog: AuditRepository,
    private readonly streams: StreamService,
  ) {}

  @ContractRoute(me)
  me(@Input() _input: RouteInput<typeof me>, @Actor() actor: RequestActor) {
    const expiresAt = new Date(actor.expiresAtMs).toISOString()
    return { subject: actor.subject, role: actor.role, expiresAt, dc: this.context.config.GALA_DC }
  }

  @ContractRoute(instances)
  instances(@Input() _input: RouteInput<typeof instances>) {
    return this.fleet.fleet
  }

  @ContractRoute(audit)
  async audit(@Input() { query }: RouteInput<typeof audit>) {
    const { target, page, pageSize } = query
    return { ...(await this.auditLog.page(target, page, pageSize)), page, pageSize }
  }

  @Get(opsStreamPath)
  @RequireRole('viewer')
  stream(@Actor() actor: RequestActor, @Res() reply: FastifyReply) {
    this.streams.open(reply, actor.expiresAtMs)
  }
}
