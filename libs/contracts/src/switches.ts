import { z } from 'zod'
import { type Criticality, criticalities } from './criticality.js'
import { moment, slug, text } from './fields.js'

/** How much of a feature is left, from all of it to nothing. */
export const rungs = ['full', 'cached', 'static', 'omit'] as const
export type Rung = (typeof rungs)[number]

/** What a feature depends on, by the name of its breaker. */
export const switchDependencies = ['application', 'redis', 'mysql', 'mysql.writer'] as const
export type SwitchDependency = (typeof switchDependencies)[number]

export interface SwitchSpec {
  /** For people, in the console and the docs. */
  title: string
  criticality: Criticality
  /** Team to ask before and to tell after. */
  owner: string
  /** Rungs this switch has, from `full` down. */
  ladder: readonly Rung[]
  /** What viewers lose on each rung below `full`. */
  loses: Partial<Record<Rung, string>>
  /** Whose failure raises it. */
  needs: readonly SwitchDependency[]
  /** False: it is asked for where nobody knows the viewer, so an order holds for all of them. */
  byViewer: boolean
}

/**
 * Every switch of the platform. A route names the one that stands before it (`switch` in the route table); those without a
 * route are asked for in code.
 *
 * - `cached`: what has been made in the last half minute is answered, whatever time has done to it since.
 * - `static`: the last good answer known, of any age; the application is not asked.
 * - `omit`: a coded answer that says so, or a part that is left out of a larger answer.
 */
const table = {
  bootstrap: {
    title: 'First screen',
    criticality: 'critical-plus',
    owner: 'audience',
    ladder: ['full', 'cached', 'static'],
    loses: {
      cached: 'counts of the first screen are up to half a minute old',
      static: 'the first screen stands still at the last good one',
    },
    needs: ['application', 'mysql'],
    byViewer: true,
  },
  play: {
    title: 'Playback lines',
    criticality: 'critical-plus',
    owner: 'video',
    ladder: ['full', 'static'],
    loses: { static: 'lines and qualities stand still: a line that was moved is found by trying the backup' },
    needs: ['application', 'mysql'],
    byViewer: true,
  },
  event: {
    title: 'Event details',
    criticality: 'critical',
    owner: 'audience',
    ladder: ['full', 'static'],
    loses: { static: 'title, times and status stand still at the last good answer' },
    needs: ['application', 'mysql'],
    byViewer: true,
  },
  'event-list': {
    title: 'List of events',
    criticality: 'critical',
    owner: 'audience',
    ladder: ['full', 'static'],
    loses: { static: 'the list stands still; pages nobody has looked at are missing' },
    needs: ['application', 'mysql'],
    byViewer: true,
  },
  programmes: {
    title: 'Running order',
    criticality: 'sheddable-plus',
    owner: 'audience',
    ladder: ['full', 'static', 'omit'],
    loses: { static: 'the running order no longer moves on', omit: 'no running order is shown' },
    needs: ['application', 'mysql'],
    byViewer: true,
  },
  'bootstrap-programmes': {
    title: 'Running order in the first screen',
    criticality: 'sheddable-plus',
    owner: 'audience',
    ladder: ['full', 'omit'],
    loses: { omit: 'the first screen comes without a running order' },
    needs: [],
    byViewer: false,
  },
  likes: {
    title: 'Likes',
    criticality: 'sheddable-plus',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'likes are not taken; clients keep them and try again' },
    needs: ['application', 'mysql.writer'],
    byViewer: true,
  },
  stats: {
    title: 'Counts: online, plays, likes',
    criticality: 'sheddable',
    owner: 'interaction',
    ladder: ['full', 'cached', 'static', 'omit'],
    loses: {
      cached: 'counts are up to half a minute old',
      static: 'counts stand still',
      omit: 'no counts are shown',
    },
    needs: ['application', 'redis'],
    byViewer: true,
  },
  'bootstrap-stats': {
    title: 'Counts in the first screen',
    criticality: 'sheddable',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'the first screen comes without counts' },
    needs: ['redis'],
    byViewer: false,
  },
  chat: {
    title: 'Chat: what viewers write',
    criticality: 'sheddable-plus',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'viewers cannot write; gifts go on, and so does what the platform says' },
    needs: ['application', 'redis'],
    byViewer: true,
  },
  'chat-flow': {
    title: 'How much of the chat is shown, and how soon',
    criticality: 'sheddable-plus',
    owner: 'interaction',
    ladder: ['full', 'cached', 'static'],
    loses: {
      cached: 'blocks of a second, and half as many chat messages as usual; what is left out is counted',
      static: 'only gifts, notices and the own messages are shown; what is left out is counted',
    },
    needs: [],
    byViewer: false,
  },
  rooms: {
    title: 'Rooms',
    criticality: 'sheddable-plus',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'no chat, no gifts and no notices' },
    needs: ['application', 'redis'],
    byViewer: true,
  },
  'rooms-live': {
    title: 'Long connections of rooms',
    criticality: 'sheddable-plus',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'rooms are polled: messages come a second or two later' },
    needs: [],
    byViewer: false,
  },
  presence: {
    title: 'Heartbeats of open pages',
    criticality: 'sheddable',
    owner: 'interaction',
    ladder: ['full', 'omit'],
    loses: { omit: 'the online count runs empty within a minute' },
    needs: ['application', 'redis'],
    byViewer: true,
  },
  pingbacks: {
    title: 'Reports of players',
    criticality: 'sheddable',
    owner: 'video',
    ladder: ['full', 'omit'],
    loses: {
      omit: 'join times, stalls and errors of players are not seen; pages stop reporting for half a minute at a time',
    },
    needs: ['application'],
    byViewer: true,
  },
} as const satisfies Record<string, SwitchSpec>

export type SwitchKey = keyof typeof table
export const switches: Readonly<Record<SwitchKey, SwitchSpec>> = table
export const switchKeys = Object.keys(table) as [SwitchKey, ...SwitchKey[]]

/** How an answer says that a switch has cut it. */
export const cutMark = (key: SwitchKey, rung: Rung) => `${key}:${rung}`

/** Half a minute: below it a count on a screen does not look wrong, and a poll of each second asks once instead of thirty times. */
export const cachedRungMs = 30_000

/** The platform's level cuts from the bottom: from which level on a class is at the last rung of its ladders. */
export const levelsMax = 4
export const cutFrom: Readonly<Record<Criticality, number>> = {
  sheddable: 1,
  'sheddable-plus': 2,
  critical: 3,
  'critical-plus': 4,
}

/** The rung `level` puts a switch on; undefined: the level leaves it alone. */
export function rungAtLevel(key: SwitchKey, level: number): Rung | undefined {
  const { criticality, ladder } = switches[key]
  return level >= cutFrom[criticality] ? ladder.at(-1) : undefined
}

/** A released version of a client: `2`, `2.1` or `2.1.0`. */
export const clientVersion = z.string().regex(/^\d{1,5}(\.\d{1,5}){0,2}$/, 'must be a version such as 2.1.0')

/** What every order of operators carries. `expiresAt` null: until it is taken back. */
const orderFields = {
  dc: slug.nullable().meta({ description: 'Data centre it holds in; null: in every one' }),
  actor: text(120),
  reason: text(400),
  position: z.int().min(1).meta({ description: 'Change position of the order, and its revision' }),
  expiresAt: moment.nullable(),
}

/** An operator's hand on a switch: manual stands above a level, a level above what is automatic. */
export const switchOrderSchema = z
  .object({
    key: z.enum(switchKeys),
    state: z.enum(rungs),
    percent: z.int().min(1).max(100).meta({ description: 'Share of viewers it holds for, by a stable hash' }),
    clientBelow: clientVersion.nullable().meta({ description: 'Only for clients of a lower version; null: for all' }),
    ...orderFields,
  })
  .meta({ id: 'SwitchOrder' })
export type SwitchOrder = z.output<typeof switchOrderSchema>

export const levelOrderSchema = z
  .object({ level: z.int().min(1).max(levelsMax), ...orderFields })
  .meta({ id: 'LevelOrder' })
export type LevelOrder = z.output<typeof levelOrderSchema>

/** Where a data centre's Redis keeps what rules have raised in it, behind the prefix, and the key it is sent along under. */
export const automaticKey = 'automatic'

export const automaticActSchema = z
  .object({
    key: z.enum(switchKeys),
    rung: z.enum(rungs),
    rule: slug,
    signal: text(300).meta({ description: 'What was seen, with figures' }),
    since: moment,
  })
  .meta({ id: 'AutomaticAct' })
export type AutomaticAct = z.output<typeof automaticActSchema>

/** Everything rules have raised in one data centre, as one document: the highest `version` holds (Unix milliseconds, counting on). */
export const automaticSchema = z.object({
  version: z.int().min(0),
  acts: z.array(automaticActSchema).max(switchKeys.length),
})
export type Automatic = z.output<typeof automaticSchema>

export const switchSources = ['manual', 'level', 'automatic', 'default'] as const
export type SwitchSource = (typeof switchSources)[number]

/** On which rung a process has a switch, and by whose word. Part of `/resiliencez`. */
export const switchReportSchema = z.object({
  key: z.enum(switchKeys),
  rung: z.enum(rungs).meta({ description: 'Of the viewers an order with a scope holds for, the rung they get' }),
  source: z.enum(switchSources),
  partial: z.boolean().meta({ description: 'Only some viewers are on that rung' }),
})
export type SwitchReport = z.output<typeof switchReportSchema>

export const criticalitySchema = z.enum(criticalities)
