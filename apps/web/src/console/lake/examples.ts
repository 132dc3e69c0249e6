/** Questions to begin with; the lake is asked in the SQL of DuckDB. */
export const examples: readonly { title: string; sql: string }[] = [
  {
    title: 'Requests of the last hour, by minute and outcome',
    sql: `SELECT strftime(make_timestamp(at_ms * 1000), '%Y-%m-%d %H:%M') AS minute, outcome, COUNT(*) AS requests
FROM requests
WHERE at_ms > (SELECT MAX(at_ms) FROM requests) - 3600000
GROUP BY ALL
ORDER BY minute DESC, outcome`,
  },
  {
    title: 'Slowest routes',
    sql: `SELECT route, COUNT(*) AS requests, quantile_cont(duration_ms, 0.5) AS p50_ms, quantile_cont(duration_ms, 0.99) AS p99_ms
FROM requests
WHERE duration_ms IS NOT NULL
GROUP BY route
ORDER BY p99_ms DESC`,
  },
  {
    title: 'What failed, and when last',
    sql: `SELECT route, status, dc, COUNT(*) AS requests, make_timestamp(MAX(at_ms) * 1000) AS last_utc
FROM requests
WHERE outcome = 'bad'
GROUP BY ALL
ORDER BY requests DESC`,
  },
  {
    title: 'What the edges answered from copies',
    sql: `SELECT dc, edge_cache, COUNT(*) AS requests, SUM(bytes) AS bytes
FROM requests
GROUP BY ALL
ORDER BY dc, requests DESC`,
  },
  {
    title: 'What players report, by event',
    sql: `SELECT event_id, kind, COUNT(*) AS beacons, COUNT(DISTINCT session) AS sessions
FROM beacons
GROUP BY ALL
ORDER BY event_id, beacons DESC`,
  },
  {
    title: 'Where the time of traces goes',
    sql: `SELECT service, name, COUNT(*) AS spans, quantile_cont(duration_us, 0.99) / 1000 AS p99_ms
FROM spans
GROUP BY ALL
ORDER BY p99_ms DESC`,
  },
  {
    title: 'What operators did',
    sql: `SELECT make_timestamp(at_ms * 1000) AS at_utc, actor, action, target, outcome, reason
FROM operator_audit
ORDER BY at_ms DESC`,
  },
]

/** What there is to ask, as the lake itself tells. */
export const catalogueSql = `SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'main' ORDER BY table_name, ordinal_position`

export interface LakeTable {
  name: string
  columns: { name: string; type: string }[]
}

/** Rows of `catalogueSql` by table. */
export function tablesOf(rows: readonly (readonly unknown[])[]): LakeTable[] {
  const tables = Map.groupBy(rows, ([table]) => String(table))
  return [...tables].map(([name, of]) => ({
    name,
    columns: of.map(([, column, type]) => ({ name: String(column), type: String(type) })),
  }))
}
