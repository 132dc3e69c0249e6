import {
  type AppContext,
  controlFile,
  defineConfig,
  httpUrl,
  list,
  pairs,
  shedding,
  type TokenKey,
  tokenKey,
  traceConfig,
  warmPaths,
} from '@gala/runtime'
import { z } from 'zod'

const wsUrl = z.url({ protocol: /^wss?$/ })

const shape = {
  ...traceConfig,
  GALA_APPLICATION_URLS: list(httpUrl).meta({ description: 'Application instances of the own data centre' }),
  GALA_APPLICATION_FALLBACK_URLS: pairs(httpUrl, 0).default([]).meta({
    description: 'Application instances of the other data centres as dc=url, asked when the own do not answer',
  }),
  GALA_POOL_URLS: pairs(httpUrl, 0)
    .default([])
    .refine((all) => all.every(({ name }) => /^[a-z0-9-]{1,32}@[a-z0-9-]{1,32}$/.test(name)), 'must be pool@dc=url')
    .meta({ description: 'Instances of further application pools as pool@dc=url; operators move what is hot there' }),
  GALA_SNAPSHOT_DIR: z.string().min(1).meta({ description: 'Folder for last-resort copies; the edge reads it too' }),
  GALA_CACHE_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(268_435_456)
    .meta({ description: 'Memory for response copies in bytes' }),
  GALA_WARM_PATHS: warmPaths,
  GALA_SHEDDING: shedding,
  GALA_RAW_FRONT: z.enum(['on', 'off']).default('off').meta({
    description: 'Whether plain requests for what is in memory are answered before the HTTP server reads them',
  }),
  GALA_CONTROL_FILE: controlFile,
  GALA_VIEWER_KEYS: pairs(tokenKey).meta({
    description:
      'kid=hex keys that viewers’ tokens are signed with, the first one also by us; others than those of operators, the same in all data centres',
  }),
  GALA_GUESTS: z
    .enum(['on', 'off'])
    .default('off')
    .meta({ description: 'Whether viewers nobody knows are given tokens of their own' }),
  GALA_ROOM_URLS: pairs(wsUrl, 0).default([]).meta({
    description: 'Where viewers open the WebSockets of rooms in each data centre, as dc=url; none: rooms are polled',
  }),
  GALA_ROOM_SOCKETS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(200_000)
    .default(20_000)
    .meta({ description: 'Long connections this process has at most' }),
  GALA_ROOM_SOCKETS_PER_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(20_000)
    .default(500)
    .meta({ description: 'New long connections a second' }),
  GALA_ROOM_SOCKETS_PER_ADDRESS: z.coerce.number().int().min(1).max(200_000).default(1_000).meta({
    description: 'Long connections from one address; behind one of a mobile network there are many viewers',
  }),
  GALA_ROOM_DRAIN_MS: z.coerce.number().int().min(500).max(120_000).default(4_000).meta({
    description: 'Over how long a process that stops sends its long connections away',
  }),
}

export const accessConfig = defineConfig(shape)
export type AccessContext = AppContext<typeof shape>

export const viewerKeysOf = ({ GALA_VIEWER_KEYS }: AccessContext['config']): TokenKey[] =>
  GALA_VIEWER_KEYS.map(({ name, value }) => ({ kid: name, secret: value }))

/** What stands before the framework: everybody who asks is a stranger. */
const doorOf = ({ GALA_SHEDDING, GALA_RAW_FRONT }: AccessContext['config']) => ({
  on: GALA_SHEDDING === 'on',
  raw: GALA_RAW_FRONT === 'on',
  internal: false,
})

/** The last of those with a long connection is sent away a second after its slot, and the server closes after that. */
const stopWithinMs = ({ GALA_ROOM_DRAIN_MS }: AccessContext['config']) => GALA_ROOM_DRAIN_MS + 3_000

/** How it opens its door and closes it. */
export const accessDoor = { shedding: doorOf, stopWithinMs }
