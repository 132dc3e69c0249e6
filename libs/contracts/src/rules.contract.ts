import { z } from 'zod'
import { moment, slug, text } from './fields.js'
import { route } from './route.js'
import { rungs, switchKeys } from './switches.js'

const count = z.int().min(0)
const revision = z.int().min(0)
const key = z.enum(switchKeys)
const rung = z.enum(rungs)

export const ruleModes = ['on', 'dry-run', 'off'] as const

const ruleSchema = z
  .object({
    id: slug,
    title: z.string(),
    scope: z.enum(['dc', 'fleet']),
    signal: z.string().meta({ description: 'What is watched' }),
    raiseAbove: z.number(),
    raiseAfterMs: count,
    lowerBelow: z.number(),
    lowerAfterMs: count,
    dwellMs: count.meta({ description: 'Stays raised for so long at least' }),
    raises: z.array(z.object({ key, rung })),
    mode: z.enum(ruleModes),
    rev: revision,
    now: z.array(
      z.object({
        dc: z.string(),
        value: z.number().nullable().meta({ description: 'The signal now; null: nobody can be asked' }),
        raised: z.boolean().meta({ description: 'In a dry run: it would be' }),
        since: moment.nullable(),
        flaps: count,
      }),
    ),
  })
  .meta({ id: 'Rule' })
export type Rule = z.output<typeof ruleSchema>
export type RuleMode = (typeof ruleModes)[number]

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const

export const opsRulesApi = {
  list: route({
    name: 'ops.rules.list',
    summary: 'Rules that raise switches by themselves, with what they see now',
    method: 'GET',
    path: '/ops/v1/rules',
    reply: z.object({ items: z.array(ruleSchema) }),
    ...policy,
    role: 'viewer',
  }),
  set: route({
    name: 'ops.rules.set',
    summary: 'Switches a rule on, off, or to a dry run that only records what it would have done',
    method: 'PUT',
    path: '/ops/v1/rules/:id',
    params: { id: slug.meta({ description: 'Rule' }) },
    body: z.strictObject({ mode: z.enum(ruleModes), reason: text(400), expectedRev: revision }),
    reply: z.object({ rev: revision }),
    ...policy,
    role: 'operator',
  }),
}
