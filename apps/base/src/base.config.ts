import {
  type AppContext,
  type ConfigSpec,
  defineConfig,
  mysqlUrl,
  pairs,
  redisUrl,
  tokenKey,
  traceConfig,
} from '@gala/runtime'
import { z } from 'zod'

const shape = {
  ...traceConfig,
  GALA_MYSQL_WRITER_URLS: pairs(mysqlUrl).meta({
    description:
      'Every MySQL or MariaDB server that may take writes, as dc=url. With a keeper the holder of the lease does; without one, the first that answers',
  }),
  GALA_MYSQL_KEEPER_URL: mysqlUrl.optional().meta({
    description:
      'The own data centre’s MariaDB with an account that may make it writer or replica; left out: something else decides who writes',
  }),
  GALA_MYSQL_REPLICATION_URLS: pairs(mysqlUrl, 0).default([]).meta({
    description:
      'Where the server of this data centre gets the changes of the others as dc=url, with the account for it',
  }),
  GALA_HOME_DC: z.string().max(64).optional().meta({
    description: 'The data centre that writes when nothing is known of the past; left out: the first writer',
  }),
  GALA_WITNESS_REDIS_URL: redisUrl.optional().meta({
    description:
      'A Redis outside of the data centres that has a vote in who writes, so that one of two can go on alone',
  }),
  GALA_WRITER_LEASE_MS: z.coerce.number().int().min(1_000).max(60_000).default(2_000).meta({
    description: 'The data centre that writes is replaced when it has not been heard of for this long',
  }),
  GALA_MYSQL_READER_URLS: pairs(mysqlUrl).meta({
    description: 'Servers to read from as dc=url, own data centre first',
  }),
  GALA_MYSQL_DIALECT: z.enum(['mariadb', 'mysql']).meta({ description: 'Which of the two the servers are' }),
  GALA_TOPOLOGY_FILE: z.string().min(1).meta({ description: 'JSON file naming every part of every data centre' }),
  GALA_TOKEN_KEYS: pairs(tokenKey).meta({ description: 'kid=hex keys that operators’ tokens are signed with' }),
  GALA_CONSOLE_DIR: z.string().min(1).meta({ description: 'Folder with the built console' }),
  GALA_OUTBOX_ROWS_MAX: z.coerce.number().int().min(10_000).default(1_000_000).meta({
    description: 'Changes kept for data centres that are behind; a data centre further behind believes no older copy',
  }),
  GALA_OUTBOX_AGE_MAX_S: z.coerce
    .number()
    .int()
    .min(3_600)
    .default(86_400)
    .meta({ description: 'How long changes are kept for them' }),
  GALA_CONTROL_REDIS_URLS: pairs(redisUrl, 0).default([]).meta({
    description:
      'Redis of every other data centre as dc=url: what operators order is left there too, so that it arrives without base of that data centre',
  }),
  GALA_RULES: z.enum(['on', 'dry-run']).default('on').meta({
    description: 'Whether rules raise switches, or only record that they would, until operators say otherwise',
  }),
  GALA_JOBS_REDIS_URL: redisUrl.optional().meta({
    description:
      'Redis of the own data centre for the queue of jobs, if it has one of its own; it must not evict anything',
  }),
  GALA_JOBS_THREADS: z.coerce.number().int().min(1).max(64).default(4).meta({
    description: 'Slots of jobs this process runs at once, each in a thread of its own',
  }),
  GALA_JOBS_MEMORY_MB: z.coerce.number().int().min(32).max(4_096).default(128).meta({
    description: 'Memory such a thread may use before its slot has failed',
  }),
  GALA_JOBS_PER_S_MAX: z.coerce.number().int().min(1).max(10_000).default(200).meta({
    description: 'Slots begun in a second by all base processes of the data centre together',
  }),
  GALA_SAVINGS_FILE: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'JSON file with what each switch was measured to save; read anew when it changes' }),
}

export const baseConfig: ConfigSpec<typeof shape> = defineConfig(shape)
export type BaseContext = AppContext<typeof shape>
