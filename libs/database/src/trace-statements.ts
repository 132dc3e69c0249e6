import { asCall, tracedNow } from '@gala/kernel'
import type { DataSource } from 'typeorm'

const verbAt = /^\s*(?:SET STATEMENT .{1,200}? FOR\s+)?([A-Za-z]{2,12})/
const tableAt = /\b(?:FROM|INTO|UPDATE|TABLE)\s+(?:`?\w+`?\.)?`?(\w+)`?/i

/** What a statement does and to what, without anything that stands in it as a value. */
export function operationOf(sql: string): { verb: string; table: string | undefined } {
  return { verb: verbAt.exec(sql)?.[1]?.toUpperCase() ?? 'QUERY', table: tableAt.exec(sql)?.[1] }
}

/** While something is being traced, each statement to this server is a step of it. */
export function traceStatements(source: DataSource, { system, dc }: { system: string; dc: string }): void {
  const create = source.createQueryRunner.bind(source)
  source.createQueryRunner = (mode) => {
    const runner = create(mode)
    const query = runner.query.bind(runner)
    runner.query = ((sql: string, ...more: []) => {
      if (tracedNow() === undefined) return query(sql, ...more)
      const { verb, table } = operationOf(sql)
      const attributes = {
        ...{ 'db.system.name': system, 'db.operation.name': verb, 'gala.target_dc': dc },
        ...(table !== undefined && { 'db.collection.name': table }),
      }
      return asCall(`mysql ${verb}${table === undefined ? '' : ` ${table}`}`, attributes, () => query(sql, ...more))
    }) as typeof runner.query
    return runner
  }
}
