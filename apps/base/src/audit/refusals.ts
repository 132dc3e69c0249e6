import { APP_CONTEXT, type Refusal } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { AuditRepository } from './audit.repository.js'

/** Puts every refused write of a known operator into the audit: trying is worth knowing, too. */
@Injectable()
export class Refusals implements OnApplicationBootstrap {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly audit: AuditRepository,
  ) {}

  onApplicationBootstrap() {
    this.context.refusalListeners.push((refusal) => this.#note(refusal))
  }

  async #note({ actor, route, params, code, detail }: Refusal) {
    await this.audit.refused(
      {
        actor,
        action: route.name.replace(/^ops\./, ''),
        target: targetOf(route, params),
        reason: detail.slice(0, 500),
      },
      code,
    )
  }
}

/** The same target as of a write that is done. */
function targetOf({ path }: Refusal['route'], { id, name }: Refusal['params']): string {
  if (id !== undefined) return `event:${id.slice(0, 64)}`
  return name === undefined ? path : `breaker:${name.slice(0, 64)}`
}
