import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What operators order of switches and levels, what waits for a second operator, and whether rules may act. */
export class Switches1780000000003 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const word = `actor VARCHAR(120) NOT NULL,
     reason VARCHAR(400) NOT NULL,
     at DATETIME(3) NOT NULL`

const statements = [
  table(
    'switch_orders',
    `${id('switch_key')},
     ${id('dc')},
     state VARCHAR(16) NOT NULL,
     percent TINYINT UNSIGNED NOT NULL,
     client_below VARCHAR(32) NULL,
     ${word},
     expires_at DATETIME(3) NULL,
     position BIGINT UNSIGNED NOT NULL,
     PRIMARY KEY (switch_key, dc)`,
  ),
  table(
    'level_orders',
    `${id('dc')} PRIMARY KEY,
     level TINYINT UNSIGNED NOT NULL,
     ${word},
     expires_at DATETIME(3) NULL,
     position BIGINT UNSIGNED NOT NULL`,
  ),
  table(
    'proposals',
    `${id('id')} PRIMARY KEY,
     act VARCHAR(16) NOT NULL,
     ${id('switch_key')},
     ${id('dc')},
     body TEXT NOT NULL,
     ${word},
     expires_at DATETIME(3) NOT NULL,
     state VARCHAR(16) NOT NULL,
     decided_by VARCHAR(120) NULL,
     KEY by_end (expires_at)`,
  ),
  table(
    'switch_rules',
    `${id('id')} PRIMARY KEY,
     mode VARCHAR(16) NOT NULL,
     ${word},
     position BIGINT UNSIGNED NOT NULL`,
  ),
]
