import { z } from 'zod'
import { moment, slug, text } from './fields.js'
import { levelOrderSchema, switchKeys, switchOrderSchema } from './switches.js'

export const breakerModes = ['auto', 'forced-open', 'forced-closed', 'observe'] as const
export type BreakerMode = (typeof breakerModes)[number]

/** What breakers guard: a dependency by name (`application`, `application.hot`, `redis`, `mysql`), or `dc` for all of a data centre. */
export const breakerName = z
  .string()
  .max(64)
  .regex(
    /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)?$/,
    'must be a dependency such as application, application.hot, redis or mysql',
  )

/** An operator's order to every breaker of a name, in every process. It ends by itself at `expiresAt`. */
export const breakerOrderSchema = z.object({
  name: breakerName,
  dc: slug.nullable().meta({ description: 'Data centre the dependency stands in; null: of every one' }),
  mode: z.enum(breakerModes).exclude(['auto']),
  actor: text(120),
  reason: text(400),
  position: z.int().min(1).meta({ description: 'Change position of the order' }),
  expiresAt: moment,
})
export type BreakerOrder = z.output<typeof breakerOrderSchema>

/** Requests that name this event are answered by this pool. */
export const poolMoveSchema = z.object({
  event: slug,
  pool: slug,
  actor: text(120),
  reason: text(400),
  position: z.int().min(1),
})
export type PoolMove = z.output<typeof poolMoveSchema>

/** How much of what is asked in a data centre its own application answers; the others answer the rest. None: all of it. */
export const weightOrderSchema = z.object({
  dc: slug,
  percent: z.int().min(0).max(99).meta({ description: '0: drained' }),
  actor: text(120),
  reason: text(400),
  position: z.int().min(1),
  expiresAt: moment.nullable(),
})
export type WeightOrder = z.output<typeof weightOrderSchema>

/** Many times what a night needs. Base refuses the next one, so that the document never grows past what is read. */
export const ordersMax = 200
export const movesMax = 1000
/** Data centres a level or switch can be ordered for by itself. */
const dcsMax = 16
export const switchOrdersMax = switchKeys.length * dcsMax

/** Where a data centre's Redis keeps the document, behind the prefix, and the key it is sent along under. */
export const controlKey = 'control'

/**
 * Everything operators have ordered that processes obey, as one document: written whole, read whole. `position` is that of
 * the newest order or release; a process that applies it has applied all of them up to there.
 */
export const controlSchema = z.object({
  position: z.int().min(0),
  breakers: z.array(breakerOrderSchema).max(ordersMax),
  moves: z.array(poolMoveSchema).max(movesMax),
  // Left out by a release that knew no switches: nothing is ordered then.
  switches: z.array(switchOrderSchema).max(switchOrdersMax).default([]),
  levels: z.array(levelOrderSchema).max(dcsMax).default([]),
  weights: z.array(weightOrderSchema).max(dcsMax).default([]),
})
export type Control = z.output<typeof controlSchema>
