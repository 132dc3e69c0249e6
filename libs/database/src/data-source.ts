import 'reflect-metadata'
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm'
import { migrations } from './migrations/index.js'

/** MariaDB 10.11+ and MySQL 8 differ in how rows are locked and ids are returned; TypeORM must be told which it is. */
export type Dialect = 'mariadb' | 'mysql'

const connectTimeoutMs = 500
/** A statement that takes longer is a fault: the largest read of this schema takes single milliseconds. */
export const statementTimeoutMs = 2_000

/** A pool to one server. `connections` bounds how much of a server one process can take. */
export function dataSource(
  url: string,
  dialect: Dialect,
  entities: readonly EntityTarget<ObjectLiteral>[],
  connections = 10,
): DataSource {
  return new DataSource({
    type: dialect,
    url,
    timezone: 'Z',
    charset: 'utf8mb4',
    dateStrings: false,
    supportBigNumbers: true,
    bigNumberStrings: true,
    entities: [...entities] as never[],
    migrations,
    migrationsTransactionMode: 'each',
    synchronize: false,
    connectTimeout: connectTimeoutMs,
    extra: { connectionLimit: connections, queueLimit: 1000, waitForConnections: true, enableKeepAlive: true },
  })
}
