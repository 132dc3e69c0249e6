import type { AutomaticAct, Rule, SwitchItem, SwitchKey } from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { STORES } from '../tokens.js'
import { readRules, type StoredRules } from './rule-document.js'

const lookEveryMs = 1_000
/** Older than this, a value says nothing of now. */
const valueLastsMs = 5_000

/** What rules have raised in every data centre, and what they see, as last read from its Redis. */
@Injectable()
export class RulesWatch implements OnApplicationBootstrap {
  readonly #stored = new Map<string, StoredRules>()

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(STORES) private readonly stores: readonly DcStore[],
    @Inject(SIGNALS) private readonly signals: BaseSignals,
  ) {}

  onApplicationBootstrap() {
    const { clock, health, config } = this.context
    for (const store of this.stores) {
      const look = oneAtATime(async () => {
        const read = await readRules(store, config.GALA_KEY_PREFIX).catch(this.signals.redisFailed)
        if (read) this.#stored.set(store.dc, read)
      })
      health.onDrain(clock.every(lookEveryMs, () => void look()))
      void look()
    }
  }

  acts(dc: string): readonly AutomaticAct[] {
    return this.#stored.get(dc)?.automatic?.acts ?? []
  }

  /** What rules have raised a switch to, in every data centre. */
  itemsOf(key: SwitchKey): SwitchItem['automatic'] {
    return this.stores.flatMap(({ dc }) =>
      this.acts(dc)
        .filter((act) => act.key === key)
        .map((act) => {
          const rule = this.#stored.get(dc)?.states?.rules.find(({ id }) => id === act.rule)
          return { ...act, dc, flaps: rule?.loweredAtMs.length ?? 0, damped: rule?.damped ?? false }
        }),
    )
  }

  /** What a rule sees now, in every data centre. */
  nowOf(id: string): Rule['now'] {
    const nowMs = this.context.clock.nowMs()
    return this.stores.map(({ dc }) => {
      const states = this.#stored.get(dc)?.states
      const rule = states?.rules.find((of) => of.id === id)
      const current = states !== undefined && nowMs - states.atMs < valueLastsMs
      return {
        dc,
        value: current ? (rule?.value ?? null) : null,
        raised: rule?.raised ?? false,
        since: rule?.sinceMs ? new Date(rule.sinceMs).toISOString() : null,
        flaps: rule?.loweredAtMs.length ?? 0,
      }
    })
  }
}
