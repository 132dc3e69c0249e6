import type { Result, Verdict } from '@gala/resilience'
import type { EntityManager } from 'typeorm'
import { isUnreachable } from './faults.js'
import { writerSql } from './writer-of.js'

/** One try of a transaction. `given`: up, since it took too long or its server was lost. */
export interface Attempt {
  committing: boolean
  given: boolean
}

/** The server may not be written to now, and nothing was. */
export class NotWriter extends Error {
  constructor() {
    super('the server is not the writer')
  }
}

/** Of whoever may write here now; undefined: nobody. */
export async function tokenOf(manager: EntityManager): Promise<number | undefined> {
  const [row] = await manager.query<{ token: string }[]>(writerSql)
  return row && Number(row.token)
}

/** A statement that the server refuses is the fault of whoever wrote it. */
export function judge(result: Result<unknown>): Verdict {
  if ('value' in result) return 'success'
  return isUnreachable(result.error) ? 'failure' : 'ignored'
}

export async function positionOf(manager: EntityManager): Promise<number> {
  const [row] = await manager.query<{ value: string }[]>('SELECT value FROM change_sequence WHERE id = 1')
  return Number(row?.value ?? 0)
}
