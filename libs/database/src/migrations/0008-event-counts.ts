import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What each data centre has counted, as far as it has been written down. Both only grow. */
export class EventCounts1780000000008 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query(
      table(
        'event_counts',
        `${id('event_id')},
         ${id('dc')},
         likes BIGINT UNSIGNED NOT NULL,
         plays BIGINT UNSIGNED NOT NULL,
         as_of DATETIME(3) NOT NULL,
         PRIMARY KEY (event_id, dc)`,
      ),
    )
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}
