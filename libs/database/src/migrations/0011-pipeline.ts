import type { MigrationInterface, QueryRunner } from 'typeorm'
import { id, table } from './sql.js'

/** What the pipeline makes of lines, and how far it has read them: kept together, so that both are of the same lines. */
export class Pipeline1780000000011 implements MigrationInterface {
  async up(runner: QueryRunner) {
    for (const statement of statements) await runner.query(statement)
  }

  /** Schema only expands: an older release must run on it unchanged, so there is nothing to take back. */
  async down() {}
}

const number = (name: string) => `${name} BIGINT UNSIGNED NOT NULL DEFAULT 0`
const source = 'source VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL'

const statements = [
  // Sums over so many seconds from a moment on, by link: `stream` or `batch`. Beginnings are Unix milliseconds; what has no time stands
  // at 0. Requests have a route; what players report has none. Histograms are counts by bucket. Viewers and sessions are those of the
  // whole minute, as far as they were known when the pane was last written: they do not add up.
  table(
    'pane',
    `start_ms BIGINT UNSIGNED NOT NULL,
     ${id('dc')},
     link VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     span_s SMALLINT UNSIGNED NOT NULL,
     part SMALLINT UNSIGNED NOT NULL,
     ${id('event')},
     route VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     ${[
       'requests',
       'served_full',
       'served_degraded',
       'served_bad',
       'malformed',
       'edge_hits',
       'access_hits',
       'sent_bytes',
       'beacons',
       'plays',
       'joins',
       'stalls',
       'stalled_ms',
       'errors',
     ]
       .map(number)
       .join(', ')},
     latency MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NULL,
     join_times MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NULL,
     sessions BIGINT UNSIGNED NULL,
     viewers BIGINT UNSIGNED NULL,
     PRIMARY KEY (span_s, start_ms, dc, link, part, event, route)`,
  ),
  // Up to where each source has been read by whoever reads a part of the log.
  table(
    'pipeline_place',
    `${id('dc')},
     topic VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     part SMALLINT UNSIGNED NOT NULL,
     ${source},
     place BIGINT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     PRIMARY KEY (dc, topic, part, source)`,
  ),
  // Where in the log its reader is. Every commit raises the revision: whoever has an older one has been replaced.
  table(
    'pipeline_offset',
    `${id('dc')},
     topic VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     part SMALLINT UNSIGNED NOT NULL,
     next_offset BIGINT UNSIGNED NOT NULL,
     epoch VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     revision BIGINT UNSIGNED NOT NULL,
     newest_ms BIGINT UNSIGNED NOT NULL,
     updated_at DATETIME(3) NOT NULL,
     PRIMARY KEY (dc, topic, part)`,
  ),
  // Lines that came a second time and were cut off, by the minute they are of.
  table(
    'pipeline_duplicates',
    `minute_ms BIGINT UNSIGNED NOT NULL,
     ${id('dc')},
     topic VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
     part SMALLINT UNSIGNED NOT NULL,
     ${number('cut')},
     PRIMARY KEY (minute_ms, dc, topic, part)`,
  ),
]
