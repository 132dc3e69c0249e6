import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What writes with an idempotency key were answered. */
export class KeptReplies1780000000007 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query(
      table(
        'kept_replies',
        `${id('id')} PRIMARY KEY,
         ${id('idempotency_key')},
         actor VARCHAR(120) NOT NULL,
         ${id('route')},
         ${id('fingerprint')},
         reply_json MEDIUMTEXT NOT NULL,
         at DATETIME(3) NOT NULL,
         KEY by_at (at)`,
      ),
    )
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}
