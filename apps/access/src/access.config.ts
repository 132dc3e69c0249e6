import { type AppContext, controlFile, defineConfig, httpUrl, list, pairs, shedding, warmPaths } from '@gala/runtime'
import { z } from 'zod'

const shape = {
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
}

export const accessConfig = defineConfig(shape)
export type AccessContext = AppContext<typeof shape>

/** What stands before the framework: everybody who asks is a stranger. */
export const doorOf = ({ GALA_SHEDDING, GALA_RAW_FRONT }: AccessContext['config']) => ({
  on: GALA_SHEDDING === 'on',
  raw: GALA_RAW_FRONT === 'on',
  internal: false,
})
