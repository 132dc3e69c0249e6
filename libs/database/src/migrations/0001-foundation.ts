import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** Events, running orders, audit, and the change log every write passes through. */
export class Foundation1780000000001 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const statements = [
  table(
    'events',
    `${id('id')} PRIMARY KEY,
     kind VARCHAR(16) NOT NULL,
     title VARCHAR(120) NOT NULL,
     title_en VARCHAR(200) NOT NULL,
     summary VARCHAR(2000) NOT NULL,
     venue VARCHAR(120) NOT NULL,
     status VARCHAR(16) NOT NULL,
     start_at DATETIME(3) NOT NULL,
     end_at DATETIME(3) NOT NULL,
     version INT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     KEY by_start (start_at, id),
     KEY by_status (status, start_at, id)`,
  ),
  table(
    'running_orders',
    `${id('event_id')} PRIMARY KEY, version INT UNSIGNED NOT NULL, updated_at DATETIME(3) NOT NULL`,
  ),
  table(
    'programmes',
    `${id('event_id')},
     ${id('id')},
     position INT UNSIGNED NOT NULL,
     title VARCHAR(120) NOT NULL,
     title_en VARCHAR(200) NOT NULL,
     kind VARCHAR(16) NOT NULL,
     performers TEXT NOT NULL,
     start_at DATETIME(3) NOT NULL,
     duration_s INT UNSIGNED NOT NULL,
     PRIMARY KEY (event_id, id)`,
  ),
  table(
    'audit',
    `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
     at DATETIME(3) NOT NULL,
     actor VARCHAR(120) NOT NULL,
     role VARCHAR(16) NOT NULL,
     action VARCHAR(64) NOT NULL,
     target VARCHAR(120) NOT NULL,
     outcome VARCHAR(16) NOT NULL,
     code VARCHAR(64) NULL,
     reason VARCHAR(500) NULL,
     before_json MEDIUMTEXT NULL,
     after_json MEDIUMTEXT NULL,
     dc VARCHAR(32) NOT NULL,
     trace_id VARCHAR(32) NOT NULL,
     KEY by_target (target, id)`,
  ),
  // One row: its lock is held from taking a position to the commit, which makes commit order the order of positions.
  table('change_sequence', 'id TINYINT UNSIGNED NOT NULL PRIMARY KEY, value BIGINT UNSIGNED NOT NULL'),
  'INSERT IGNORE INTO change_sequence (id, value) VALUES (1, 0)',
  table(
    'outbox',
    `position BIGINT UNSIGNED NOT NULL PRIMARY KEY,
     tags TEXT NOT NULL,
     at DATETIME(3) NOT NULL,
     KEY by_at (at)`,
  ),
]
