import { z } from 'zod'
import { breakerModes, breakerName, breakerOrderSchema } from './control.contract.js'
import { criticalities } from './criticality.js'
import { moment } from './fields.js'
import { switchReportSchema } from './switches.js'

const count = z.int().min(0)
const share = z.number().min(0).max(1)

export const breakerStates = ['closed', 'open', 'half-open', 'ramping'] as const
export type BreakerState = (typeof breakerStates)[number]

/** One breaker of one process: it guards one instance of a dependency. */
const breakerReportSchema = z
  .object({
    name: breakerName,
    dc: z.string(),
    target: z.string().meta({ description: 'Host and port it guards' }),
    state: z.enum(breakerStates),
    mode: z.enum(breakerModes),
    since: moment.meta({ description: 'When it came into this state' }),
    reason: z.string().nullable().meta({ description: 'Why it opened, or why it opened last' }),
    order: breakerOrderSchema.nullable().meta({ description: 'The order it obeys' }),
    admitted: share.meta({ description: 'Share of the calls let through now' }),
    nextProbeAt: moment.nullable().meta({ description: 'When it will let probes through; only while open' }),
    probing: count.meta({ description: 'Probes under way' }),
    repairMs: z
      .number()
      .nullable()
      .meta({ description: 'Learned repair time, smoothed; null before the first outage' }),
    window: z.object({ calls: count, failures: count, slow: count }),
    totals: z.object({
      admitted: count,
      refused: count,
      succeeded: count,
      failed: count,
      slow: count,
      ignored: count.meta({ description: 'Client errors and cancelled calls: they say nothing of the dependency' }),
      fenced: count.meta({ description: 'Results of an earlier state, which count for nothing' }),
      trips: count,
    }),
  })
  .meta({ id: 'BreakerReport' })
export type BreakerReport = z.output<typeof breakerReportSchema>

/** What one process tells the others of its data centre of a breaker: it has opened, or a probe of it went well. */
export const breakerHintSchema = z.object({
  name: breakerName,
  dc: z.string().max(64),
  target: z.string().max(256),
  recovered: z.boolean(),
})

/** How a process sheds load. */
const sheddingReportSchema = z
  .object({
    on: z.boolean(),
    headroom: share.meta({ description: '1: idle; 0: at the limit' }),
    loopDelayMs: z.number(),
    inFlight: count,
    limit: count.meta({ description: 'Requests it works on at once, at most, as adapted' }),
    admits: z.record(z.enum(criticalities), share).meta({ description: 'Share of each class that is admitted now' }),
    refused: z.record(z.enum(criticalities), count),
    expired: count.meta({ description: 'Dropped because their time was over before work began' }),
  })
  .meta({ id: 'SheddingReport' })
export type SheddingReport = z.output<typeof sheddingReportSchema>

const limitReportSchema = z
  .object({
    name: z.string(),
    keys: count.meta({ description: 'Keys it counts for in memory now' }),
    admitted: count,
    refused: count,
    trips: count.meta({ description: 'Asks for a block of the data centre’s budget' }),
    alone: z.boolean().meta({ description: 'Spends its own share, because the budget cannot be asked' }),
  })
  .meta({ id: 'LimitReport' })
export type LimitReport = z.output<typeof limitReportSchema>

/** Requests of the audience since the process began. Differences of two reports are rates. */
const trafficReportSchema = z
  .object({
    requests: count,
    failed: count.meta({ description: 'Answered with 500 or above' }),
    hits: count.meta({ description: 'Answered from memory, as good as made anew' }),
    degraded: count.meta({ description: 'Answered with less than there could be' }),
    /** Answers by how long they took: up to 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000 ms, and longer. */
    durations: z.array(count).length(13),
  })
  .meta({ id: 'TrafficReport' })
export type TrafficReport = z.output<typeof trafficReportSchema>
/** Upper ends of `durations`, in milliseconds. */
export const durationBoundsMs = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const

/** Body of `/resiliencez` on access and application. */
export const resilienceReportSchema = z
  .object({
    app: z.string(),
    dc: z.string(),
    instance: z.string(),
    position: z.int().min(0).meta({ description: 'Orders up to here are applied' }),
    appliedAt: moment.nullable(),
    breakers: z.array(breakerReportSchema),
    shedding: sheddingReportSchema.nullable(),
    limits: z.array(limitReportSchema),
    refused: z
      .string()
      .nullable()
      .meta({ description: 'Why the newest document of orders could not be applied; null: nothing is amiss' }),
    switches: z.array(switchReportSchema),
    traffic: trafficReportSchema.nullable(),
  })
  .meta({ id: 'ResilienceReport' })
export type ResilienceReport = z.output<typeof resilienceReportSchema>
