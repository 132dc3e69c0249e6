import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** How much of what is asked in a data centre its own application answers. */
export class Weights1780000000006 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query(
      table(
        'weight_orders',
        `${id('dc')} PRIMARY KEY,
         percent TINYINT UNSIGNED NOT NULL,
         actor VARCHAR(120) NOT NULL,
         reason VARCHAR(400) NOT NULL,
         at DATETIME(3) NOT NULL,
         expires_at DATETIME(3) NULL,
         position BIGINT UNSIGNED NOT NULL`,
      ),
    )
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}
