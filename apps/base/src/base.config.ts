import { type AppContext, type ConfigSpec, defineConfig, mysqlUrl, pairs, redisUrl, tokenKey } from '@gala/runtime'
import { z } from 'zod'

const shape = {
  GALA_MYSQL_WRITER_URL: mysqlUrl.meta({ description: 'The one writing MySQL or MariaDB server of the fleet' }),
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
  GALA_SAVINGS_FILE: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'JSON file with what each switch was measured to save; read anew when it changes' }),
}

export const baseConfig: ConfigSpec<typeof shape> = defineConfig(shape)
export type BaseContext = AppContext<typeof shape>
