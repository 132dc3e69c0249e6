import { isEventLogUrl } from '@gala/eventlog'
import { type AppContext, type ConfigSpec, defineConfig, list, mysqlUrl, pairs } from '@gala/runtime'
import { z } from 'zod'

const defaultDays = { requests: 30, beacons: 30, spans: 7, messages: 30, operator_audit: 400 }
const lakeDays = pairs(z.string().regex(/^[1-9]\d{0,3}$/, 'must be a number of days'), 0)
  .default([])
  .transform((given, issues) => {
    for (const { name } of given) {
      if (!Object.hasOwn(defaultDays, name)) issues.addIssue({ code: 'custom', message: `there is no table ${name}` })
    }
    return { ...defaultDays, ...Object.fromEntries(given.map(({ name, value }) => [name, Number(value)])) }
  })

const shape = {
  GALA_MYSQL_WRITER_URLS: pairs(mysqlUrl).meta({
    description: 'Every MySQL or MariaDB server that may take writes, as dc=url',
  }),
  GALA_MYSQL_READER_URLS: pairs(mysqlUrl).meta({
    description: 'Servers to read from as dc=url, own data centre first',
  }),
  GALA_MYSQL_DIALECT: z.enum(['mariadb', 'mysql']).meta({ description: 'Which of the two the servers are' }),
  GALA_EDGE_LOG_FILE: z.string().min(1).optional().meta({
    description: 'The access log of this data centre’s edge, as the edge writes it; left out: none is read here',
  }),
  GALA_EDGE_PID_FILE: z.string().min(1).optional().meta({
    description:
      'Where the edge wrote its process number: it is told to begin a new log file; left out: something else does, and renames the old one to `NAME.000123.log`',
  }),
  GALA_EDGE_LOG_BYTES: z.coerce.number().int().min(65_536).default(67_108_864).meta({
    description: 'From this size on the edge is told to begin a new log file, in bytes',
  }),
  GALA_LINES_BYTES_MAX: z.coerce.number().int().min(1_048_576).default(2_147_483_648).meta({
    description:
      'Bytes of all files of lines; beyond it the oldest full one is deleted, and what was not sent of it counted as lost',
  }),
  GALA_PANES_DAYS: z.coerce.number().int().min(1).max(400).default(7).meta({
    description: 'Days panes are kept; those of ten seconds are put together into minutes after two hours',
  }),
  GALA_EVENT_LOG_URL: z
    .string()
    .max(4096)
    .refine(isEventLogUrl, { error: 'must be an address of a Redis, or kafka://HOST:PORT,HOST:PORT' })
    .optional()
    .meta({
      description:
        'The event log of this data centre, left out: its Redis. In any form of `GALA_REDIS_URL`, or `kafka://HOST:PORT,…` (`kafka+tls` for TLS, `USER:PASSWORD@` before the hosts)',
    }),
  GALA_EVENT_LOG_PARTS: z.coerce.number().int().min(1).max(64).default(2).meta({
    description: 'Parts of every topic of the event log; the same in all processes of a data centre, and in Kafka',
  }),
  GALA_SPOOL_DIR: z.string().min(1).meta({
    description: 'Folder in which processes of this data centre leave lines to be carried on',
  }),
  GALA_PIPELINE_DIR: z.string().min(1).meta({
    description: 'Folder for how far each file has been carried on',
  }),
  GALA_LAKE_DIR: z.string().min(1).meta({ description: 'Folder of the lake: Parquet files by table, day and hour' }),
  GALA_LAKE_PEER_DIRS: list(z.string().min(1), 0).default([]).meta({
    description: 'Lakes of other data centres that can be read from here: reports of events are over all of them',
  }),
  GALA_LAKE_LOAD_EVERY_MS: z.coerce.number().int().min(100).max(600_000).default(5_000).meta({
    description: 'How often what has come to the files is written to the lake, in milliseconds',
  }),
  GALA_LAKE_BATCH_ROWS: z.coerce.number().int().min(1_000).max(500_000).default(50_000).meta({
    description: 'Rows written to the lake at once, about',
  }),
  GALA_LAKE_DAYS: lakeDays.meta({
    description: 'Days each table of the lake is kept, as table=days; the others as in the default',
  }),
  GALA_PANE_GRACE_MS: z.coerce.number().int().min(0).max(3_600_000).default(60_000).meta({
    description:
      'After its end a minute waits so long for late lines before the batch link computes its panes, in milliseconds',
  }),
}

export const pipelineConfig: ConfigSpec<typeof shape> = defineConfig(shape)
export type PipelineContext = AppContext<typeof shape>
