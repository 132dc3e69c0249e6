import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** Jobs, the ledger of their slots, who hands these out, timelines, and what steps of theirs leave behind. */
export class Jobs1780000000009 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
    const there: unknown[] = await runner.query(
      `SELECT 1 FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name = 'events' AND column_name = 'room'`,
    )
    // An older release writes events without it.
    if (there.length === 0)
      await runner.query(`ALTER TABLE events ADD COLUMN room VARCHAR(16) NOT NULL DEFAULT 'closed'`)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const jobId = 'VARCHAR(130) CHARACTER SET ascii COLLATE ascii_bin NOT NULL'

const statements = [
  table(
    'jobs',
    `id ${jobId} PRIMARY KEY,
     event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
     step VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
     step_order SMALLINT UNSIGNED NOT NULL DEFAULT 0,
     title VARCHAR(120) NOT NULL,
     schedule_json TEXT NOT NULL,
     ${id('handler')},
     params_json TEXT NOT NULL,
     policy_json TEXT NOT NULL,
     irreversible TINYINT UNSIGNED NOT NULL DEFAULT 0,
     on_failure VARCHAR(16) NOT NULL DEFAULT 'go-on',
     approvals_json TEXT NOT NULL,
     paused_json TEXT NULL,
     failures INT UNSIGNED NOT NULL DEFAULT 0,
     planned_until DATETIME(3) NULL,
     removed TINYINT UNSIGNED NOT NULL DEFAULT 0,
     version INT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     updated_by VARCHAR(120) NOT NULL,
     KEY by_event (event_id, step_order)`,
  ),
  // One row for each time a job is due, in each data centre and shard it is to run in.
  table(
    'job_slots',
    `job_id ${jobId},
     at DATETIME(3) NOT NULL,
     dc VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     shard TINYINT UNSIGNED NOT NULL,
     state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     reason VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
     detail VARCHAR(500) NULL,
     run_at DATETIME(3) NOT NULL,
     attempt INT UNSIGNED NOT NULL DEFAULT 0,
     attempts_json TEXT NOT NULL,
     holder VARCHAR(120) NULL,
     lease_until DATETIME(3) NULL,
     started_at DATETIME(3) NULL,
     ended_at DATETIME(3) NULL,
     cancel TINYINT UNSIGNED NOT NULL DEFAULT 0,
     progress_json VARCHAR(400) NULL,
     result_json MEDIUMTEXT NULL,
     manual_json VARCHAR(1000) NULL,
     PRIMARY KEY (job_id, at, dc, shard),
     KEY by_state (dc, state, run_at),
     KEY by_time (at)`,
  ),
  // Whoever holds it plans and hands out; each take-over counts the token up. The time is that of this server.
  table(
    'job_leases',
    `${id('scope')} PRIMARY KEY,
     holder VARCHAR(120) NOT NULL,
     token BIGINT UNSIGNED NOT NULL,
     taken_at DATETIME(3) NOT NULL,
     until_at DATETIME(3) NOT NULL`,
  ),
  // What runs have done to the platform, each once: written in the transaction that does it.
  table(
    'job_effects',
    `job_id ${jobId},
     at DATETIME(3) NOT NULL,
     dc VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     shard TINYINT UNSIGNED NOT NULL,
     ${id('effect')},
     attempt INT UNSIGNED NOT NULL,
     done_at DATETIME(3) NOT NULL,
     reply_json MEDIUMTEXT NOT NULL,
     PRIMARY KEY (job_id, at, dc, shard, effect),
     KEY by_time (at)`,
  ),
  table(
    'timelines',
    `${id('event_id')} PRIMARY KEY,
     template VARCHAR(64) NULL,
     version INT UNSIGNED NOT NULL,
     held_json TEXT NULL,
     updated_at DATETIME(3) NOT NULL`,
  ),
  // Who is to be reminded of what: found by whoever delivers.
  table(
    'reminder_intents',
    `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
     ${id('event_id')},
     ${id('name')},
     due_at DATETIME(3) NOT NULL,
     audience VARCHAR(64) NOT NULL,
     message_json TEXT NOT NULL,
     created_at DATETIME(3) NOT NULL,
     taken_at DATETIME(3) NULL,
     UNIQUE KEY once (event_id, name),
     KEY by_due (taken_at, due_at)`,
  ),
  // The highest there was while an event lasted.
  table(
    'event_peaks',
    `${id('event_id')},
     name VARCHAR(64) NOT NULL,
     value DOUBLE NOT NULL,
     at DATETIME(3) NOT NULL,
     PRIMARY KEY (event_id, name)`,
  ),
  table(
    'event_reports',
    `${id('event_id')} PRIMARY KEY, made_at DATETIME(3) NOT NULL, report_json MEDIUMTEXT NOT NULL`,
  ),
]
