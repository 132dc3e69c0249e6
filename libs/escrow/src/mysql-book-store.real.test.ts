import { Database, migrate } from '@gala/database'
import { randomId, systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { booksConformance } from './conformance.js'
import { MysqlBookStore } from './mysql-book-store.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''

describe('EscrowBooks in the database', () => {
  let database: Database
  beforeAll(async () => {
    await migrate(url, 'mariadb')
    database = new Database({
      readers: [],
      writers: [{ dc: 'dc-a', url }],
      breakers: new Breakers({ clock: systemClock }),
      dialect: 'mariadb',
      entities: [],
      clock: systemClock,
      onError: () => {},
    })
  })
  afterAll(() => database.close())

  booksConformance(async () => ({ store: new MysqlBookStore(database, systemClock), stock: randomId() }))
})
