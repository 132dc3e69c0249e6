import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What operators have set for rooms: who may write and how, which words are looked for, what can be given. */
export class Rooms1780000000010 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const statements = [
  // A room without a row is as every room begins.
  table(
    'room_settings',
    `${id('room')} PRIMARY KEY,
     on_hit VARCHAR(16) NOT NULL,
     slow_s SMALLINT UNSIGNED NOT NULL,
     chat TINYINT UNSIGNED NOT NULL,
     version INT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     updated_by VARCHAR(120) NOT NULL`,
  ),
  // Ids of viewers come from outside: compared byte by byte, so that no other viewer is muted with one.
  table(
    'room_mutes',
    `${id('room')},
     viewer VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
     until_at DATETIME(3) NOT NULL,
     reason VARCHAR(500) NOT NULL,
     actor VARCHAR(120) NOT NULL,
     PRIMARY KEY (room, viewer),
     KEY by_end (until_at)`,
  ),
  // One word a line.
  table(
    'word_lists',
    `${id('id')} PRIMARY KEY,
     title VARCHAR(120) NOT NULL,
     act VARCHAR(16) NOT NULL,
     words MEDIUMTEXT NOT NULL,
     version INT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     updated_by VARCHAR(120) NOT NULL`,
  ),
  table(
    'gifts',
    `${id('kind')} PRIMARY KEY,
     title VARCHAR(80) NOT NULL,
     value INT UNSIGNED NOT NULL,
     active TINYINT UNSIGNED NOT NULL,
     sort SMALLINT UNSIGNED NOT NULL`,
  ),
  // The version of what is edited as a whole and has a row for each of its parts.
  table(
    'catalogues',
    `${id('name')} PRIMARY KEY,
     version INT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     updated_by VARCHAR(120) NOT NULL`,
  ),
]
