import { AuditEntity, Database, EventEntity, migrate, ProgrammeEntity, RunningOrderEntity } from '@gala/database'
import { Breakers } from '@gala/resilience'
import { runTask } from '@gala/runtime'
import { baseConfig } from './base.config.js'
import { seedDemo } from './demo/seed-demo.js'

await runTask({ app: 'migrate', config: baseConfig }, async (config, clock) => {
  const { GALA_MYSQL_WRITER_URL: writerUrl, GALA_MYSQL_DIALECT: dialect, GALA_DC: dc } = config
  const applied = await migrate(writerUrl, dialect)
  const entities = [EventEntity, RunningOrderEntity, ProgrammeEntity, AuditEntity]
  const breakers = new Breakers({ clock })
  const database = new Database({
    writerUrl,
    readers: [{ dc, url: writerUrl }],
    dialect,
    entities,
    clock,
    breakers,
    onError: () => {},
  })
  const seeded = await seedDemo(database, clock, dc)
  await database.close()
  breakers.close()
  return `applied ${applied.join(', ') || 'nothing new'}; demo events written: ${seeded.join(', ') || 'none'}`
})
