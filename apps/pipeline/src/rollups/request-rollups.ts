import { accessHit, bucketOf, countIf, edgeHit, paneOf, staleHit } from './ladder.js'
import type { Rollup } from './rollup.js'

const pane = paneOf(10_000)
const minute = paneOf(60_000)
const event = "COALESCE(event_id, '')"
const edgeHits = countIf(edgeHit)
const accessHits = countIf(accessHit)
const outcomes = `COUNT(*) AS requests,
  ${countIf("outcome = 'full'")} AS served_full,
  ${countIf("outcome = 'degraded'")} AS served_degraded,
  ${countIf("outcome = 'bad'")} AS served_bad,
  ${countIf("outcome = 'malformed'")} AS malformed`

export const requestRollups = {
  request_outcomes: {
    about: 'Requests and how they went, every ten seconds, by data centre, event and route',
    sql: `SELECT ${pane} AS pane_ms, dc, ${event} AS event, route,
  ${outcomes},
  ${edgeHits} AS edge_hits,
  ${accessHits} AS access_hits,
  CAST(SUM(COALESCE(bytes, 0)) AS BIGINT) AS sent_bytes
FROM requests
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4`,
  },
  request_latency: {
    about: 'How long requests took, as a histogram, every ten seconds, by data centre, event and route',
    sql: `SELECT ${pane} AS pane_ms, dc, ${event} AS event, route,
  ${bucketOf('duration_ms')} AS bucket,
  COUNT(*) AS requests
FROM requests
WHERE duration_ms IS NOT NULL AND outcome <> 'malformed'
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5`,
  },
  hit_ratio: {
    about: 'What the edge and access answered from their own copies, by minute and data centre',
    sql: `SELECT ${minute} AS minute_ms, dc,
  COUNT(*) AS requests,
  ${edgeHits} AS edge_hits,
  ${countIf(staleHit)} AS edge_stale,
  ${accessHits} AS access_hits
FROM requests
WHERE outcome <> 'malformed'
GROUP BY 1, 2
ORDER BY 1, 2`,
  },
  top_routes: {
    about: 'The twenty routes most asked for',
    sql: `SELECT route,
  ${outcomes},
  CAST(SUM(COALESCE(duration_ms, 0)) AS BIGINT) AS took_ms
FROM requests
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 20`,
  },
  bytes_by_route: {
    about: 'Bytes sent, by data centre and route',
    sql: `SELECT dc, route,
  COUNT(*) AS requests,
  CAST(SUM(COALESCE(bytes, 0)) AS BIGINT) AS sent_bytes,
  CAST(MAX(COALESCE(bytes, 0)) AS BIGINT) AS largest_bytes
FROM requests
GROUP BY 1, 2
ORDER BY 4 DESC, 1, 2`,
  },
  errors_by_route: {
    about: 'Refusals and failures, by route and status',
    sql: `SELECT route, CAST(status AS BIGINT) AS status, outcome,
  COUNT(*) AS requests,
  MIN(at_ms) AS first_ms,
  MAX(at_ms) AS last_ms
FROM requests
WHERE status >= 400 OR outcome = 'bad'
GROUP BY 1, 2, 3
ORDER BY 4 DESC, 1, 2, 3`,
  },
  event_outcomes: {
    about: 'Requests of an event and how they went, over the whole time',
    sql: `SELECT ${event} AS event,
  ${outcomes},
  CAST(SUM(COALESCE(bytes, 0)) AS BIGINT) AS sent_bytes,
  MIN(at_ms) AS first_ms,
  MAX(at_ms) AS last_ms
FROM requests
GROUP BY 1
ORDER BY 1`,
  },
  busiest_seconds: {
    about: 'The ten seconds with the most requests',
    sql: `SELECT ${paneOf(1_000)} AS second_ms,
  COUNT(*) AS requests,
  ${countIf("outcome = 'bad'")} AS served_bad
FROM requests
GROUP BY 1
ORDER BY 2 DESC, 1
LIMIT 10`,
  },
} as const satisfies Record<string, Rollup>
