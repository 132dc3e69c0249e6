import { Database } from '@gala/database'
import { EscrowBooks, MysqlBookStore } from '@gala/escrow'
import { systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'

/** Small and short, so that every rule comes into play within a second. */
export const terms = { termMs: 900, graceMs: 100, marginMs: 50 }
export function openBooks(mysqlUrl: string): { books: EscrowBooks; close: () => Promise<void> } {
  const database = new Database({
    readers: [],
    writers: [{ dc: 'dc-a', url: mysqlUrl }],
    breakers: new Breakers({ clock: systemClock }),
    dialect: 'mariadb',
    entities: [],
    clock: systemClock,
    onError: () => {},
  })
  const store = new MysqlBookStore(database, systemClock)
  return { books: new EscrowBooks({ store, clock: systemClock, ...terms }), close: () => database.close() }
}
