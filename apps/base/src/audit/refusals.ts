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

/** The same target as of a write that is done. What was asked for is cut to the length of an id. */
function targetOf({ path }: Refusal['route'], { id, name, key, dc, room, list }: Refusal['params']): string {
  if (key !== undefined) return `switch:${key.slice(0, 64)}`
  if (name !== undefined) return `breaker:${name.slice(0, 64)}`
  if (dc !== undefined) return `dc:${dc.slice(0, 64)}`
  if (room !== undefined) return `room:${room.slice(0, 64)}`
  if (list !== undefined) return `words:${list.slice(0, 64)}`
  if (id !== undefined) return `${kinds.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'event'}:${id.slice(0, 64)}`
  return named[path] ?? path
}

/** What there is one of. */
const named: Record<string, string> = { '/ops/v1/level': 'level', '/ops/v1/gifts': 'gifts' }

/** What an id stands for; everywhere else for an event. */
const kinds = [
  ['/ops/v1/proposals/', 'proposal'],
  ['/ops/v1/rules/', 'rule'],
] as const
