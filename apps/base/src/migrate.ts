import {
  AuditEntity,
  Database,
  EventEntity,
  JobEntity,
  JobSlotEntity,
  migrate,
  ProgrammeEntity,
  RunningOrderEntity,
  roomEntities,
  TimelineEntity,
  writerOf,
} from '@gala/database'
import { Breakers } from '@gala/resilience'
import { runTask } from '@gala/runtime'
import { baseConfig } from './base.config.js'
import { seedDemo } from './demo/seed-demo.js'
import { seedRooms } from './demo/seed-rooms.js'

/** A first start elects a writer meanwhile. */
const writerWithinMs = 60_000

await runTask({ app: 'migrate', config: baseConfig }, async (config, clock) => {
  const { GALA_MYSQL_WRITER_URLS: servers, GALA_MYSQL_DIALECT: dialect, GALA_DC: dc } = config
  const fenced = config.GALA_MYSQL_KEEPER_URL !== undefined
  const writers = servers.map(({ name, value: url }) => ({ dc: name, url }))
  const writer = fenced ? await writerOf(writers, clock, writerWithinMs) : writers[0]
  if (!writer) throw new Error('there is no server to bring up to date')
  const applied = await migrate(writer.url, dialect)
  const entities = [
    EventEntity,
    RunningOrderEntity,
    ProgrammeEntity,
    AuditEntity,
    JobEntity,
    JobSlotEntity,
    TimelineEntity,
    ...roomEntities,
  ]
  const breakers = new Breakers({ clock })
  const database = new Database({
    writers,
    fenced,
    readers: [writer],
    dialect,
    entities,
    clock,
    breakers,
    onError: () => {},
  })
  const seeded = await seedDemo(database, clock, dc)
  if (await seedRooms(database, clock, dc)) seeded.push('gifts and words')
  await database.close()
  breakers.close()
  return `applied ${applied.join(', ') || 'nothing new'}; demo data written: ${seeded.join(', ') || 'none'}`
})
