import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Who wrote last, as every replica knows it: the fencing token of the writer beside the newest position. */
export class Writer1780000000004 implements MigrationInterface {
  async up(runner: QueryRunner) {
    const there: unknown[] = await runner.query(
      `SELECT 1 FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name = 'change_sequence' AND column_name = 'token'`,
    )
    if (there.length > 0) return
    await runner.query('ALTER TABLE change_sequence ADD COLUMN token BIGINT UNSIGNED NOT NULL DEFAULT 0')
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}
