import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What may be given away, which data centre holds how much of it, and a ledger that only grows. */
export class Escrow1780000000005 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

/** Unsigned and in strict mode: what would fall below nothing is refused by the server, too. */
const count = (name: string) => `${name} BIGINT UNSIGNED NOT NULL`

const statements = [
  table(
    'escrow_stocks',
    `${id('id')} PRIMARY KEY,
     ${count('total')},
     ${count('remaining')},
     ${count('version')},
     ended TINYINT UNSIGNED NOT NULL DEFAULT 0,
     created_at DATETIME(3) NOT NULL`,
  ),
  table(
    'escrow_grants',
    `${id('stock_id')},
     ${id('id')},
     ${id('dc')},
     ${count('token')},
     ${count('amount')},
     ${count('credit')},
     ${count('allowance')},
     ${count('issued')},
     ${count('returned')},
     ${count('lost')},
     state VARCHAR(16) NOT NULL,
     opened_at DATETIME(3) NOT NULL,
     ends_at DATETIME(3) NOT NULL,
     closed_at DATETIME(3) NULL,
     PRIMARY KEY (stock_id, id),
     UNIQUE KEY by_token (stock_id, token)`,
  ),
  table(
    'escrow_ledger',
    `seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
     entry_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     ${id('stock_id')},
     grant_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
     kind VARCHAR(16) NOT NULL,
     ${count('amount')},
     ${count('remaining')},
     reason VARCHAR(400) NOT NULL,
     at DATETIME(3) NOT NULL,
     UNIQUE KEY by_key (stock_id, entry_key)`,
  ),
]
