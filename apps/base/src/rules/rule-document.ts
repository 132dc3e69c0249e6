import { type Automatic, type AutomaticAct, automaticSchema, parseStored, type RuleMode, rungs } from '@gala/contracts'
import { z } from 'zod'
import type { DcStore } from '../control/dc-stores.js'
import type { RuleEngine, RuleState } from './rule-engine.js'
import type { RuleSpec } from './rules.js'

/** Beside the document processes obey: what the next base process has to know to go on, and operators to see. */
export const ruleStatesKey = 'rules'

const stateSchema = z.object({
  id: z.string().max(64),
  mode: z.enum(['on', 'dry-run', 'off']),
  value: z.number().nullable(),
  /** What was seen when it was raised. */
  signal: z.string().max(300),
  raised: z.boolean(),
  sinceMs: z.number().nullable(),
  loweredAtMs: z.array(z.number()).max(64),
  damped: z.boolean(),
})
export type StoredRule = z.output<typeof stateSchema>

const ruleStatesSchema = z.object({ atMs: z.number(), rules: z.array(stateSchema).max(100) })
type RuleStates = z.output<typeof ruleStatesSchema>

export interface StoredRules {
  automatic: Automatic | undefined
  states: RuleStates | undefined
}

/** @throws when Redis does not answer. What cannot be read is nothing. */
export async function readRules({ redis }: Pick<DcStore, 'redis'>, keyPrefix: string): Promise<StoredRules> {
  const [automatic, states] = await Promise.all([
    redis.get(`${keyPrefix}automatic`),
    redis.get(`${keyPrefix}${ruleStatesKey}`),
  ])
  return {
    automatic: automatic === null ? undefined : parseStored(automaticSchema, automatic),
    states: states === null ? undefined : parseStored(ruleStatesSchema, states),
  }
}

/** A rule as it runs here. */
export interface RunningRule {
  spec: RuleSpec
  engine: RuleEngine
  mode: RuleMode
  value: number | null
  signal: string
}

/** What rules that are raised make of the switches: of several, the deepest rung; of equals, whoever was first. */
export function actsOf(rules: readonly RunningRule[]): AutomaticAct[] {
  const acts = new Map<AutomaticAct['key'], AutomaticAct>()
  const raised = rules.filter(({ mode, engine }) => mode === 'on' && engine.raised)
  for (const { spec, engine, signal } of raised.toSorted((a, b) => sinceOf(a) - sinceOf(b))) {
    for (const { key, rung } of spec.raises) {
      const standing = acts.get(key)
      if (standing && rungs.indexOf(standing.rung) >= rungs.indexOf(rung)) continue
      acts.set(key, { key, rung, rule: spec.id, signal, since: new Date(engine.state.sinceMs ?? 0).toISOString() })
    }
  }
  return [...acts.values()].toSorted((a, b) => a.key.localeCompare(b.key))
}

const sinceOf = ({ engine }: RunningRule) => engine.state.sinceMs ?? 0

export const toStored = ({ spec, engine, mode, value, signal }: RunningRule, nowMs: number): StoredRule => ({
  id: spec.id,
  mode,
  value,
  signal,
  ...engine.state,
  damped: engine.raised && engine.flaps(nowMs) > 0,
})

/** What is known of a rule from before: its state, or at least that one of its acts stands. */
export function restoredState(id: string, { automatic, states }: StoredRules): RuleState | undefined {
  const stored = states?.rules.find((of) => of.id === id)
  const act = automatic?.acts.find(({ rule }) => rule === id)
  if (stored) return { raised: stored.raised, sinceMs: stored.sinceMs, loweredAtMs: stored.loweredAtMs }
  return act && { raised: true, sinceMs: Date.parse(act.since), loweredAtMs: [] }
}
