/** Types that DuckDB, Parquet, Hive and Spark have in common. */
export type ColumnType = 'BIGINT' | 'INTEGER' | 'VARCHAR'
type Columns = Readonly<Record<string, ColumnType>>

/**
 * What the lake keeps. Every table has `at_ms`, Unix milliseconds in UTC: a row stands in the folder of its day and hour. Columns
 * are only ever added, at the end: older files read as null there.
 */
const lakeTables = {
  requests: {
    at_ms: 'BIGINT',
    dc: 'VARCHAR',
    trace_id: 'VARCHAR',
    request_id: 'VARCHAR',
    method: 'VARCHAR',
    route: 'VARCHAR',
    event_id: 'VARCHAR',
    status: 'INTEGER',
    bytes: 'BIGINT',
    duration_ms: 'INTEGER',
    upstream_ms: 'INTEGER',
    edge_cache: 'VARCHAR',
    cache: 'VARCHAR',
    degraded: 'VARCHAR',
    outcome: 'VARCHAR',
    remote: 'VARCHAR',
  },
  beacons: {
    at_ms: 'BIGINT',
    received_ms: 'BIGINT',
    dc: 'VARCHAR',
    session: 'VARCHAR',
    seq: 'BIGINT',
    viewer: 'VARCHAR',
    verified: 'INTEGER',
    event_id: 'VARCHAR',
    kind: 'VARCHAR',
    join_ms: 'INTEGER',
    stall_ms: 'INTEGER',
    bitrate_kbps: 'INTEGER',
    code: 'VARCHAR',
    cmcd: 'VARCHAR',
  },
  spans: {
    at_ms: 'BIGINT',
    dc: 'VARCHAR',
    trace_id: 'VARCHAR',
    span_id: 'VARCHAR',
    parent_id: 'VARCHAR',
    service: 'VARCHAR',
    instance: 'VARCHAR',
    name: 'VARCHAR',
    route: 'VARCHAR',
    event_id: 'VARCHAR',
    duration_us: 'BIGINT',
    status: 'VARCHAR',
    kept: 'VARCHAR',
    attributes: 'VARCHAR',
  },
  messages: {
    at_ms: 'BIGINT',
    copied_ms: 'BIGINT',
    dc: 'VARCHAR',
    id: 'VARCHAR',
    what: 'VARCHAR',
    event_id: 'VARCHAR',
    lane: 'VARCHAR',
    type: 'VARCHAR',
    sender: 'VARCHAR',
    act: 'VARCHAR',
    length: 'INTEGER',
    priority: 'INTEGER',
    text: 'VARCHAR',
    gift: 'VARCHAR',
    control: 'VARCHAR',
  },
  operator_audit: {
    at_ms: 'BIGINT',
    dc: 'VARCHAR',
    id: 'VARCHAR',
    actor: 'VARCHAR',
    role: 'VARCHAR',
    action: 'VARCHAR',
    target: 'VARCHAR',
    outcome: 'VARCHAR',
    code: 'VARCHAR',
    reason: 'VARCHAR',
    trace_id: 'VARCHAR',
  },
} as const satisfies Record<string, Columns>

export type LakeTable = keyof typeof lakeTables
export const lakeTableNames: readonly LakeTable[] = Object.keys(lakeTables) as LakeTable[]
export const columnsOf = (table: LakeTable): readonly (readonly [name: string, type: ColumnType])[] =>
  Object.entries(lakeTables[table])

export type LakeValue = string | number | null
/** A row of a table by the names of its columns; one that is left out is null. */
export type LakeRow<T extends LakeTable = LakeTable> = T extends LakeTable
  ? { at_ms: number } & { [C in keyof (typeof lakeTables)[T]]?: LakeValue }
  : never

/** Day and hour of a row, in UTC, as its folders are named. */
export interface Hour {
  dt: string
  hour: string
}

export function hourOf(atMs: number): Hour {
  const iso = new Date(atMs).toISOString()
  return { dt: iso.slice(0, 10), hour: iso.slice(11, 13) }
}

export const hourStartMs = ({ dt, hour }: Hour): number => Date.parse(`${dt}T${hour}:00:00Z`)
