import { type Dialect, dataSource } from './data-source.js'

/** Whoever comes second waits this long for the first to finish. */
const lockWaitS = 60

/**
 * Brings the schema up to this release. Safe to run from several places at once and again at any time.
 * @returns the names of the migrations applied now.
 */
export async function migrate(writerUrl: string, dialect: Dialect): Promise<string[]> {
  const source = dataSource(writerUrl, dialect, [], 2)
  await source.initialize()
  const lock = source.createQueryRunner()
  try {
    const [row] = await lock.query(`SELECT GET_LOCK('gala.migrate', ${lockWaitS}) AS taken`)
    if (Number(row?.taken) !== 1) throw new Error(`another migration has been running for over ${lockWaitS} s`)
    const applied = await source.runMigrations()
    await lock.query(`SELECT RELEASE_LOCK('gala.migrate')`)
    return applied.map((migration) => migration.name)
  } finally {
    await lock.release()
    await source.destroy()
  }
}
