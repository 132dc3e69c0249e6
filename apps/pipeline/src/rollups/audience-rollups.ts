import { bucketOf, countIf, paneOf } from './ladder.js'
import type { Rollup } from './rollup.js'

const pane = paneOf(10_000)
const minute = paneOf(60_000)
const event = "COALESCE(event_id, '')"

/** What is not about requests: playback as viewers saw it, traces, operators. */
export const audienceRollups = {
  playback: {
    about: 'Plays, joins, stalls and errors of players, every ten seconds, by data centre and event',
    sql: `SELECT ${pane} AS pane_ms, dc, ${event} AS event,
  COUNT(*) AS beacons,
  ${countIf("kind = 'malformed'")} AS malformed,
  ${countIf("kind = 'play'")} AS plays,
  ${countIf("kind = 'join'")} AS joins,
  ${countIf("kind = 'stall'")} AS stalls,
  CAST(SUM(CASE WHEN kind = 'stall' THEN COALESCE(stall_ms, 0) ELSE 0 END) AS BIGINT) AS stalled_ms,
  ${countIf("kind = 'error'")} AS errors,
  CAST(SUM(COALESCE(bitrate_kbps, 0)) AS BIGINT) AS bitrate_kbps_sum,
  COUNT(bitrate_kbps) AS bitrates
FROM beacons
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3`,
  },
  join_times: {
    about: 'How long it took until a picture was there, as a histogram, every ten seconds, by data centre and event',
    sql: `SELECT ${pane} AS pane_ms, dc, ${event} AS event,
  ${bucketOf('join_ms')} AS bucket,
  COUNT(*) AS joins
FROM beacons
WHERE kind = 'join' AND join_ms IS NOT NULL
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4`,
  },
  unique_viewers: {
    about:
      'Viewers, each counted once, by event and minute; who has not said who they are, by their session. And sessions',
    sql: `SELECT ${event} AS event, ${minute} AS minute_ms,
  COUNT(DISTINCT COALESCE(viewer, session)) AS viewers,
  COUNT(DISTINCT session) AS sessions
FROM beacons
WHERE kind <> 'malformed'
GROUP BY 1, 2
ORDER BY 1, 2`,
  },
  slowest_traces: {
    about: 'The twenty traces that took longest, by their first span',
    sql: `SELECT trace_id, span_id, at_ms, dc, service, name, COALESCE(status, '') AS status, duration_us
FROM spans
WHERE parent_id IS NULL
ORDER BY 8 DESC, 1, 2
LIMIT 20`,
  },
  audit_by_actor: {
    about: 'What operators did, by actor and action',
    sql: `SELECT actor, action,
  COUNT(*) AS entries,
  MIN(at_ms) AS first_ms,
  MAX(at_ms) AS last_ms
FROM operator_audit
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2`,
  },
} as const satisfies Record<string, Rollup>
