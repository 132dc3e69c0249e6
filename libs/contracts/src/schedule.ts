import { z } from 'zod'
import { moment } from './fields.js'

/** A moment relative to an event's start (`T`) or end (`END`): `T-30m`, `T`, `END+10m`. */
export const eventTime = z
  .string()
  .regex(/^(?:T|END)(?:[+-]\d{1,6}(?:ms|s|m|h|d))?$/, 'must be like T-30m, T, T+10s or END+10m')
  .meta({ description: 'Relative to the start (T) or end (END) of the event: T-30m, T, T+10s, END+10m' })

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Where `at` counts from, and by how many milliseconds it is later (or, below 0, earlier). `at` has passed `eventTime`. */
export function parseEventTime(at: string): { from: 'start' | 'end'; offsetMs: number } {
  const [, from, sign, amount, unit] = /^(T|END)(?:([+-])(\d+)(ms|s|m|h|d))?$/.exec(at) ?? []
  const size = Number(amount ?? 0) * (unit ? unitsMs[unit as keyof typeof unitsMs] : 0)
  return { from: from === 'END' ? 'end' : 'start', offsetMs: sign === '-' ? -size : size }
}

/** The moment that `at` stands for, in Unix milliseconds. */
export function eventTimeMs(at: string, event: { startAt: string; endAt: string }): number {
  const { from, offsetMs } = parseEventTime(at)
  return Date.parse(from === 'end' ? event.endAt : event.startAt) + offsetMs
}

/** When a job is due. */
export const scheduleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('cron'),
      expression: z.string().max(120).meta({
        description: 'Five fields, or six with seconds first; names, lists, ranges, steps, L and # are known',
      }),
      timeZone: z.string().max(64).default('UTC').meta({ description: 'IANA name, such as Asia/Shanghai' }),
    }),
    z.strictObject({
      kind: z.literal('interval'),
      everyMs: z
        .int()
        .min(1_000)
        .max(31 * 86_400_000),
      from: moment.optional().meta({ description: 'Counts from here; from the hour 00:00 UTC of 1970 when left out' }),
    }),
    z.strictObject({ kind: z.literal('once'), at: moment }),
    z.strictObject({ kind: z.literal('event'), at: eventTime }),
  ])
  .meta({ id: 'Schedule' })
export type Schedule = z.output<typeof scheduleSchema>

/**
 * What becomes of slots whose time passed while nobody could run them. A slot that is no later than `graceMs` is simply run late.
 *
 * - `skip`: none of them is run.
 * - `once`: only the newest, whatever their number.
 * - `all`: the newest `max` of them, oldest first.
 * - `window`: those that are no older than `windowMs`.
 */
const misfireSchema = z
  .discriminatedUnion('policy', [
    z.strictObject({ policy: z.literal('skip') }),
    z.strictObject({ policy: z.literal('once') }),
    z.strictObject({ policy: z.literal('all'), max: z.int().min(1).max(1_000) }),
    z.strictObject({
      policy: z.literal('window'),
      windowMs: z
        .int()
        .min(1_000)
        .max(7 * 86_400_000),
    }),
  ])
  .meta({ id: 'Misfire' })
export type Misfire = z.output<typeof misfireSchema>

/**
 * What becomes of a slot that is due while an earlier one of the same job runs.
 *
 * - `skip`: it is not run. - `queue-one`: it waits; whatever comes after it is not run.
 * - `parallel`: it is run beside it. - `cancel-old`: the one that runs is ended, then it is run.
 */
export const overlaps = ['skip', 'queue-one', 'parallel', 'cancel-old'] as const
export type Overlap = (typeof overlaps)[number]

/** What holds for all slots of a job. */
export const jobPolicySchema = z
  .strictObject({
    misfire: misfireSchema.default({ policy: 'once' }),
    graceMs: z.int().min(0).max(3_600_000).default(5_000).meta({ description: 'No later than this is not missed' }),
    overlap: z.enum(overlaps).default('skip'),
    timeoutMs: z.int().min(100).max(3_600_000).default(60_000),
    retries: z
      .strictObject({
        max: z.int().min(0).max(20),
        backoffMs: z.int().min(0).max(600_000).meta({ description: 'Before the first one; doubles each time' }),
      })
      .default({ max: 2, backoffMs: 1_000 }),
    pauseAfterFailures: z
      .int()
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .meta({ description: 'The job is paused when so many slots in a row have failed; null: never' }),
    scope: z
      .enum(['global', 'dc'])
      .default('global')
      .meta({ description: 'One run for all, or one in each data centre' }),
    shards: z.int().min(1).max(64).default(1).meta({ description: 'Each slot is run in so many parts' }),
    after: z
      .array(z.string().max(130))
      .max(8)
      .default([])
      .meta({ description: 'Jobs whose newest slot has to have ended well before this is run' }),
  })
  .meta({ id: 'JobPolicy' })
export type JobPolicy = z.output<typeof jobPolicySchema>
