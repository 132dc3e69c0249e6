import { AppError, type TracesAsk, type traceAnswerSchema, type tracesAnswerSchema } from '@gala/contracts'
import type { z } from 'zod'
import { Engine, type EngineBounds, quoted } from '../lake/engine.js'
import type { LakeFiles } from '../lake/lake-files.js'
import { makeViews } from '../rollups/views.js'

/** A trace of a request has a dozen spans, one of a job some hundred. */
const spansMax = 500

type Row = Record<string, string | number | null>

/** Traces that were kept, newest first, each told by its outermost span here. */
export async function searchTraces(
  lakes: readonly LakeFiles[],
  { event, kept, route, slowerThanMs, fromMs, limit }: TracesAsk,
  bounds: EngineBounds,
): Promise<z.output<typeof tracesAnswerSchema>> {
  const conditions = [
    `duration_us >= ${Math.floor(slowerThanMs * 1_000)}`,
    ...(event === undefined ? [] : [`event_id = ${quoted(event)}`]),
    ...(kept === undefined ? [] : [`kept = ${quoted(kept)}`]),
    ...(route === undefined ? [] : [`route = ${quoted(route)}`]),
  ]
  // What a trace is about stands in its outermost span; spans within it are counted, and not looked at.
  const sql = `WITH outermost AS (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY trace_id ORDER BY at_ms, duration_us DESC, span_id) AS place,
        COUNT(*) OVER (PARTITION BY trace_id) AS spans FROM spans WHERE trace_id IS NOT NULL)
    SELECT * FROM outermost WHERE place = 1 AND ${conditions.join(' AND ')} ORDER BY at_ms DESC, trace_id LIMIT ${limit}`
  const rows = await asked(lakes, fromMs, sql, bounds)
  return {
    items: rows.map((row) => {
      const { span: _, parent: __, attributes: ___, instance: ____, ...item } = spanOf(row)
      return { ...item, spans: Number(row['spans']) }
    }),
  }
}

/** @throws AppError TRACE_NOT_FOUND when nothing of it is in these lakes. */
export async function spansOfTrace(
  lakes: readonly LakeFiles[],
  trace: string,
  bounds: EngineBounds,
): Promise<z.output<typeof traceAnswerSchema>> {
  const sql = `SELECT * FROM spans WHERE trace_id = ${quoted(trace)} ORDER BY at_ms, duration_us DESC, span_id LIMIT ${spansMax}`
  const rows = await asked(lakes, undefined, sql, bounds)
  if (rows.length === 0) throw new AppError('TRACE_NOT_FOUND', `nothing was kept of trace ${trace}`)
  return { spans: rows.map(spanOf) }
}

async function asked(lakes: readonly LakeFiles[], fromMs: number | undefined, sql: string, bounds: EngineBounds) {
  const engine = await Engine.open(bounds)
  try {
    await makeViews(engine, lakes, fromMs === undefined ? {} : { fromMs })
    return await engine.rows<Row>(sql)
  } finally {
    engine.close()
  }
}

function spanOf(row: Row) {
  const text = (name: string) => (row[name] === null || row[name] === undefined ? null : String(row[name]))
  return {
    trace: text('trace_id') ?? '',
    span: text('span_id') ?? '',
    parent: text('parent_id'),
    name: text('name') ?? '',
    service: text('service') ?? '',
    instance: text('instance') ?? '',
    dc: text('dc') ?? '',
    at: new Date(Number(row['at_ms'])).toISOString(),
    durationUs: Number(row['duration_us'] ?? 0),
    status: text('status') ?? '',
    kept: text('kept') ?? '',
    event: text('event_id'),
    route: text('route'),
    attributes: JSON.parse(text('attributes') ?? '{}') as Record<string, string | number | boolean>,
  }
}
