import { automaticSchema, type BreakerReport, parseStored, type ResilienceReport } from '@gala/contracts'
import type { SwitchRuleEntity } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { BaseContext } from '../base.config.js'
import { nothingOrdered, type Orders } from '../control/control.repository.js'
import type { ControlPublisher } from '../control/control-publisher.service.js'
import type { DcStore } from '../control/dc-stores.js'
import type { BaseSignals } from '../signals.js'
import type { Process, ProcessSampler } from '../switches/process-sampler.service.js'
import type { RuleAudit } from './rule-audit.js'
import { RulesService } from './rules.service.js'

/** What the scripts do; the real ones run in the scenarios. */
class FakeRedis {
  held = new Map<string, string>()
  gone = false

  #answer<T>(value: T): Promise<T> {
    return this.gone ? Promise.reject(new Error('Redis does not answer')) : Promise.resolve(value)
  }

  get = (key: string) => this.#answer(this.held.get(key) ?? null)
  set = (key: string, value: string) => this.#answer(this.gone ? undefined : void this.held.set(key, value))
  eval = (script: string, _keys: number, key: string, ...args: (string | number)[]) =>
    this.#answer(this.gone ? 0 : script.includes('PX') ? this.#lease(key, args) : this.#keep(key, args))

  #lease(key: string, [token]: (string | number)[]) {
    if (this.held.has(key) && this.held.get(key) !== token) return 0
    this.held.set(key, String(token))
    return 1
  }

  #keep(key: string, [, version, raw]: (string | number)[]) {
    const held = Number(JSON.parse(this.held.get(key) ?? '{"version":-1}').version)
    if (held > Number(version)) return -1
    if (held === Number(version)) return 0
    this.held.set(key, String(raw))
    return 1
  }
}

describe('RulesService', () => {
  let clock: VirtualClock
  let redis: FakeRedis
  let orders: Orders | undefined
  let noted: string[]
  let pushed: number

  function start() {
    const store = { dc: 'dc-a', redis, bus: { push: async () => void pushed++ } } as unknown as DcStore
    const context = {
      clock,
      config: { GALA_KEY_PREFIX: 'gala:', GALA_DC: 'dc-a', GALA_RULES: 'on' },
    } as unknown as BaseContext
    const signals = { ruleActed: () => {}, rulesFailed: () => {} } as unknown as BaseSignals
    const publisher = {
      get orders() {
        return orders
      },
    } as ControlPublisher
    const note = ({ action }: { action: string }, rule: string) => void noted.push(`${rule} ${action}`)
    const audit = { note } as unknown as RuleAudit
    const sampler = {} as unknown as ProcessSampler
    return new RulesService(context, [store], { report: () => [] }, signals, sampler, publisher, audit)
  }
  const breaker = (state: BreakerReport['state']) =>
    ({
      name: 'redis',
      dc: 'dc-a',
      state,
      mode: 'auto',
      nextProbeAt: null,
      reason: 'hangs',
      window: { calls: 0, failures: 0, slow: 0 },
    }) as BreakerReport
  const process = (state: BreakerReport['state']): Process => ({
    name: 'dc-a.access-1',
    dc: 'dc-a',
    kind: 'access',
    report: { breakers: [breaker(state)], shedding: null } as unknown as ResilienceReport,
    detail: null,
  })
  /** Looks twice a second for so long. */
  const watch = async (rules: RulesService, state: BreakerReport['state'], forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 500) {
      await rules.look([process(state)])
      await clock.advance(500)
    }
  }
  const document = () => parseStored(automaticSchema, redis.held.get('gala:automatic') ?? '')
  const acts = () => document()?.acts.map(({ key, rung }) => `${key}:${rung}`)
  const mode = (id: string, to: SwitchRuleEntity['mode']) => {
    orders = { ...nothingOrdered, rules: [{ id, mode: to } as SwitchRuleEntity] }
  }

  beforeEach(() => {
    clock = new VirtualClock()
    redis = new FakeRedis()
    orders = nothingOrdered
    noted = []
    pushed = 0
  })

  it('raises what needs a dependency that its breakers leave alone, with what was seen, and lowers it when it is well', async () => {
    const rules = start()
    await watch(rules, 'closed', 2_000)
    expect([acts(), pushed]).toEqual([[], 1])
    await watch(rules, 'open', 1_500)
    expect(acts()).toEqual(['bootstrap-stats:omit', 'chat:omit', 'presence:omit', 'rooms:omit', 'stats:cached'])
    expect(document()?.acts[0]).toMatchObject({
      rule: 'breaker-redis',
      signal: '1 of 1 breakers of redis seen from dc-a are open: hangs',
    })
    await watch(rules, 'closed', 20_000)
    expect([acts(), pushed]).toEqual([[], 3])
    expect(noted).toEqual(['breaker-redis rules.raise', 'breaker-redis rules.lower'])
  })

  it('only writes down, once each, what it would have done in a dry run', async () => {
    mode('breaker-redis', 'dry-run')
    const rules = start()
    await watch(rules, 'open', 10_000)
    await watch(rules, 'closed', 30_000)
    expect([acts(), pushed]).toEqual([[], 1])
    expect(noted).toEqual(['breaker-redis rules.would-raise', 'breaker-redis rules.would-lower'])
  })

  it('takes back what it has raised when it is switched off, and keeps its mode while nobody knows the rows', async () => {
    const rules = start()
    await watch(rules, 'open', 1_500)
    mode('breaker-redis', 'off')
    await watch(rules, 'open', 1_000)
    expect(acts()).toEqual([])
    orders = undefined
    await watch(rules, 'open', 20_000)
    expect(acts()).toEqual([])
  })

  it('lets one of two processes act, and the other go on where it stopped', async () => {
    const [first, second] = [start(), start()]
    await watch(first, 'open', 1_500)
    await watch(second, 'open', 5_000)
    expect(noted).toEqual(['breaker-redis rules.raise'])
    const since = document()?.acts[0]?.since
    redis.held.delete('gala:rules-lease')
    await watch(second, 'open', 5_000)
    expect([noted.length, document()?.acts[0]?.since]).toEqual([1, since])
    await watch(second, 'closed', 20_000)
    expect([noted.at(-1), acts()]).toEqual(['breaker-redis rules.lower', []])
  })

  it('knows after a restart what was raised, even when only the document of acts is left', async () => {
    await watch(start(), 'open', 1_500)
    redis.held.delete('gala:rules-lease')
    redis.held.delete('gala:rules')
    await watch(start(), 'open', 2_000)
    expect([noted, acts()?.length]).toEqual([['breaker-redis rules.raise'], 5])
  })

  it('does nothing before it knows what stands, and brings out what it saw when Redis is back', async () => {
    redis.gone = true
    const rules = start()
    await watch(rules, 'open', 5_000)
    expect(noted).toEqual([])
    redis.gone = false
    await watch(rules, 'closed', 500)
    redis.gone = true
    await watch(rules, 'open', 5_000)
    expect([noted, acts()]).toEqual([['breaker-redis rules.raise'], []])
    redis.gone = false
    redis.held.clear()
    await watch(rules, 'open', 500)
    expect(acts()).toHaveLength(5)
  })
})
