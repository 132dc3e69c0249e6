import { pushLengthMax } from '@gala/bus'
import { type Automatic, automaticKey } from '@gala/contracts'
import type { Breakers } from '@gala/resilience'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { ControlPublisher } from '../control/control-publisher.service.js'
import { type DcStore, keepIn } from '../control/dc-stores.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { type Process, ProcessSampler } from '../switches/process-sampler.service.js'
import { BREAKERS, STORES } from '../tokens.js'
import { Lease } from './lease.js'
import { RuleAudit } from './rule-audit.js'
import {
  actsOf,
  type RunningRule,
  readRules,
  restoredState,
  ruleStatesKey,
  type StoredRules,
  toStored,
} from './rule-document.js'
import { RuleEngine } from './rule-engine.js'
import { type Look, modeFirst, ruleSpecs } from './rules.js'

/**
 * Raises switches of the own data centre by itself, and lowers them again. Nothing here waits for MySQL: what was raised stands
 * in Redis, who did what reaches the audit when it can, and modes are remembered.
 */
@Injectable()
export class RulesService implements OnApplicationBootstrap {
  readonly #rules: RunningRule[] = ruleSpecs.map((spec) => ({
    spec,
    engine: new RuleEngine(spec),
    mode: spec.mode,
    value: null,
    signal: '',
  }))
  readonly #own: DcStore
  readonly #lease: Lease
  #document: Automatic = { version: 0, acts: [] }
  /** It acts here, and knows what was raised before. */
  #holding = false
  #busy = false

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(STORES) stores: readonly DcStore[],
    @Inject(BREAKERS) private readonly breakers: Pick<Breakers, 'report'>,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
    private readonly sampler: ProcessSampler,
    private readonly publisher: ControlPublisher,
    private readonly audit: RuleAudit,
  ) {
    for (const rule of this.#rules) rule.mode = modeFirst(rule.spec, context.config.GALA_RULES)
    const [own] = stores
    if (!own) throw new Error('there is no Redis of the own data centre')
    this.#own = own
    this.#lease = new Lease(own.redis, `${context.config.GALA_KEY_PREFIX}rules-lease`)
  }

  onApplicationBootstrap() {
    let draining = false
    this.context.health.onDrain(() => {
      draining = true
      if (this.#holding) void this.#lease.give().catch(this.signals.redisFailed)
    })
    this.sampler.onOwn((processes) => {
      if (!draining) void this.look(processes)
    })
  }

  /** One look: whoever holds the lease decides, and sees to it that everybody can know. Never rejects. */
  async look(processes: readonly Process[]) {
    if (this.#busy) return
    this.#busy = true
    try {
      const holds = await this.#lease.take()
      if (!holds) this.#holding = false
      else {
        if (!this.#holding) await this.#takeOver()
        this.#observe(processes)
        await this.#publish()
      }
    } catch {
      this.signals.rulesFailed()
    } finally {
      this.#busy = false
    }
  }

  /** @throws when Redis does not answer: whoever does not know what stands must not act. */
  async #takeOver() {
    const stored = await readRules(this.#own, this.context.config.GALA_KEY_PREFIX)
    this.#document = stored.automatic ?? this.#document
    for (const rule of this.#rules) this.#restore(rule, stored)
    this.#holding = true
  }

  #restore(rule: RunningRule, stored: StoredRules) {
    const { id } = rule.spec
    const state = restoredState(id, stored)
    if (!state) return
    rule.engine.restore(state)
    const before = stored.states?.rules.find((of) => of.id === id)
    rule.signal = before?.signal ?? stored.automatic?.acts.find((act) => act.rule === id)?.signal ?? ''
    rule.mode = before?.mode ?? rule.mode
  }

  #observe(processes: readonly Process[]) {
    const { clock, config } = this.context
    const nowMs = clock.nowMs()
    const reports = processes.flatMap(({ report }) => report ?? [])
    const look: Look = { dc: config.GALA_DC, nowMs, reports, own: this.breakers.report() }
    const rows = this.publisher.orders?.rules
    for (const rule of this.#rules) {
      // While nothing is known of the rows, the mode stays what it was.
      if (rows) rule.mode = rows.find(({ id }) => id === rule.spec.id)?.mode ?? modeFirst(rule.spec, config.GALA_RULES)
      const { value, seen } = rule.spec.read(look)
      rule.value = value
      this.#step(rule, seen, nowMs)
    }
  }

  #step(rule: RunningRule, seen: string, nowMs: number) {
    const { engine, spec, mode } = rule
    if (mode === 'off') {
      if (engine.raised) engine.lower(nowMs)
      return
    }
    const since = engine.state.sinceMs
    const act = engine.observe(nowMs, rule.value)
    if (!act) return
    const signal = seen.slice(0, 300).toWellFormed()
    if (act === 'raise') rule.signal = signal
    const { GALA_DC: dc } = this.context.config
    const { raises } = spec
    const flaps = engine.flaps(nowMs)
    this.signals.ruleActed(spec.id, act, mode)
    this.audit.note(
      {
        action: mode === 'on' ? `rules.${act}` : `rules.would-${act}`,
        reason: signal,
        before: act === 'raise' ? null : { dc, raises, since: new Date(since ?? nowMs).toISOString() },
        after: act === 'raise' ? { dc, raises, value: rule.value, flaps } : { dc, value: rule.value, flaps },
      },
      spec.id,
    )
  }

  async #publish() {
    const { clock, config } = this.context
    const acts = actsOf(this.#rules)
    if (JSON.stringify(acts) !== JSON.stringify(this.#document.acts) || this.#document.version === 0) {
      this.#document = { version: Math.max(clock.nowMs(), this.#document.version + 1), acts }
    }
    const raw = JSON.stringify(this.#document)
    const document = { key: automaticKey, field: 'version', version: this.#document.version, raw } as const
    const kept = await keepIn(this.#own, config.GALA_KEY_PREFIX, document)
    if (kept === 'newer') {
      // Somebody acted meanwhile: the next look begins with what they left.
      this.#holding = false
      return
    }
    if (kept === 'kept' && raw.length <= pushLengthMax) await this.#own.bus.push({ key: automaticKey, raw })
    const nowMs = clock.nowMs()
    const states = { atMs: nowMs, rules: this.#rules.map((rule) => toStored(rule, nowMs)) }
    await this.#own.redis.set(`${config.GALA_KEY_PREFIX}${ruleStatesKey}`, JSON.stringify(states))
  }
}
