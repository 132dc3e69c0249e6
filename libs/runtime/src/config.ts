import { parseRedisUrl } from '@gala/bus'
import { z } from 'zod'

const url = (protocol: RegExp) => z.url({ protocol })

/** A comma-separated list in one variable, each item checked by `item`. At least one unless `min` is 0. */
export const list = <T extends z.ZodType<unknown, string>>(item: T, min = 1) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item).min(min).max(64))

/** `name=value,name=value` in one variable. A comma that no `name=` follows belongs to the value. */
export const pairs = <T extends z.ZodType<unknown, string>>(item: T, min = 1) =>
  z
    .string()
    .transform((value) =>
      value
        .split(/,(?=[^=,]+=)/)
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(
      z
        .array(
          z
            .string()
            .regex(/^[^=]+=.+$/, 'must be name=value')
            .transform((part, issues) => {
              const [name = '', ...value] = part.split('=')
              const parsed = item.safeParse(value.join('='))
              for (const { message } of parsed.error?.issues ?? []) issues.addIssue({ code: 'custom', message })
              return { name, value: parsed.data as z.output<T> }
            }),
        )
        .min(min)
        .max(64),
    )

export const httpUrl = url(/^https?$/)
export const redisUrl = z
  .string()
  .max(4096)
  .refine((value) => parseRedisUrl(value) !== undefined, {
    error: 'must be redis://HOST, redis+sentinel://HOST,HOST/NAME or redis+cluster://HOST,HOST',
  })
export const mysqlUrl = url(/^mysql$/)
/** For apps that answer some addresses to themselves before they are ready. */
export const warmPaths = list(z.string().max(400).startsWith('/'), 0).default(['/v1/events?status=live']).meta({
  description: 'Addresses answered before the process is ready, besides those its data centre is asked for most',
})
/** For apps that obey orders. */
export const controlFile = z
  .string()
  .min(1)
  .optional()
  .meta({ description: 'File for the last orders known: what the process starts with when nobody can be asked' })
/** For apps that shed load. */
export const shedding = z
  .enum(['on', 'off'])
  .default('on')
  .meta({ description: 'Whether less important requests are refused when there is more to do than can be done' })
const port = z.coerce.number().int().min(1).max(65_535)

/** Every app has these. */
export const commonConfig = {
  GALA_DC: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ description: 'Data centre this process runs in' }),
  GALA_INSTANCE: z
    .string()
    .regex(/^[a-z0-9.-]{1,64}$/)
    .meta({ description: 'Name of this process, unique in the fleet' }),
  GALA_HOST: z.string().default('127.0.0.1').meta({ description: 'Address to listen on' }),
  GALA_PORT: port.meta({ description: 'Port to listen on' }),
  GALA_RELEASE: z
    .string()
    .max(64)
    .default('0.0.0')
    .meta({ description: 'Release this process runs, for the fleet page' }),
  GALA_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'Least severe line logged' }),
  GALA_REDIS_URL: redisUrl.meta({
    description:
      'Redis of the own data centre: `redis://HOST:PORT`, `redis+sentinel://HOST:PORT,…/MASTER` or `redis+cluster://HOST:PORT,…`',
  }),
  GALA_KEY_PREFIX: z.string().max(64).default('gala:').meta({ description: 'Prefix of every Redis key and channel' }),
}

export type ConfigShape = Record<string, z.ZodType>
export type ConfigOf<S extends ConfigShape = Record<never, z.ZodType>> = {
  [K in keyof typeof commonConfig]: z.output<(typeof commonConfig)[K]>
} & { [K in keyof S]: z.output<S[K]> }

export interface ConfigSpec<S extends ConfigShape> {
  readonly schema: z.ZodType<ConfigOf<S>>
  readonly shape: typeof commonConfig & S
}

/** Declares the keys an app reads beside the common ones. */
export const defineConfig = <S extends ConfigShape>(shape: S): ConfigSpec<S> => ({
  schema: z.strictObject({ ...commonConfig, ...shape }) as unknown as z.ZodType<ConfigOf<S>>,
  shape: { ...commonConfig, ...shape },
})

/**
 * Reads the GALA_ keys of `env`. An unknown GALA_ key is refused too: it is most often a misspelt one.
 * @throws Error that names every refused key and why, never its value (it may be a secret).
 */
export function loadConfig<S extends ConfigShape>(
  spec: ConfigSpec<S>,
  env: Record<string, string | undefined>,
): ConfigOf<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([key]) => key.startsWith('GALA_')))
  const parsed = spec.schema.safeParse(given)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${key}: there is no such key`)
      : [`${issue.path.join('.')}: ${given[String(issue.path[0])] === undefined ? 'is missing' : issue.message}`],
  )
  throw new ConfigError(lines)
}

export class ConfigError extends Error {
  constructor(readonly lines: string[]) {
    super(`configuration refused\n${lines.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}
