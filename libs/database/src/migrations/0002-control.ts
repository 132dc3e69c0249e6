import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What operators order of processes: states of breakers, and which pool answers for an event. */
export class Control1780000000002 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const statements = [
  table(
    'breaker_orders',
    `${id('name')},
     ${id('dc')},
     mode VARCHAR(16) NOT NULL,
     actor VARCHAR(120) NOT NULL,
     reason VARCHAR(400) NOT NULL,
     at DATETIME(3) NOT NULL,
     expires_at DATETIME(3) NOT NULL,
     position BIGINT UNSIGNED NOT NULL,
     PRIMARY KEY (name, dc)`,
  ),
  table(
    'pool_moves',
    `${id('event_id')} PRIMARY KEY,
     pool VARCHAR(64) NOT NULL,
     actor VARCHAR(120) NOT NULL,
     reason VARCHAR(400) NOT NULL,
     at DATETIME(3) NOT NULL,
     position BIGINT UNSIGNED NOT NULL`,
  ),
]
