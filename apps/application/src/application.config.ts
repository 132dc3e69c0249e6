import {
  type AppContext,
  type ConfigSpec,
  controlFile,
  defineConfig,
  httpUrl,
  list,
  mysqlUrl,
  pairs,
  redisUrl,
  shedding,
  traceConfig,
  warmPaths,
} from '@gala/runtime'
import { z } from 'zod'

const shape = {
  ...traceConfig,
  GALA_FEATURES: list(z.string())
    .optional()
    .meta({ description: 'Features this pool serves; all of them when left out' }),
  GALA_MYSQL_READER_URLS: pairs(mysqlUrl).meta({
    description: 'Servers to read from as dc=url, own data centre first',
  }),
  GALA_MYSQL_DIALECT: z.enum(['mariadb', 'mysql']).meta({ description: 'Which of the two the servers are' }),
  GALA_EDGE_URLS: pairs(httpUrl).meta({ description: 'Public address of every data centre’s edge, as dc=url' }),
  GALA_PEER_REDIS_URLS: pairs(redisUrl, 0)
    .default([])
    .meta({ description: 'Redis of the other data centres, as dc=url' }),
  GALA_CACHE_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(134_217_728)
    .meta({ description: 'Memory for cached values in bytes' }),
  GALA_PINGBACKS_ONE_IN: z.coerce.number().int().min(1).max(100_000).default(1).meta({
    description: 'One viewing session in so many reports what its player does; fewer while there is much to do',
  }),
  GALA_MESSAGES_AUDIT: z.enum(['full', 'meta', 'off']).default('meta').meta({
    description: 'Copies of messages of rooms for the audit: with text and name, without, or none',
  }),
  GALA_WARM_PATHS: warmPaths,
  GALA_SHEDDING: shedding,
  GALA_CONTROL_FILE: controlFile,
  GALA_CACHE_CHECK_EVERY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .default(1_000)
    .meta({ description: 'How often at most a sampled read is compared with store and database; 0 for never' }),
}

export const applicationConfig: ConfigSpec<typeof shape> = defineConfig(shape)
export type ApplicationContext = AppContext<typeof shape>
