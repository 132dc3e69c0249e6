import { Redis } from 'ioredis'
import type { RowDataPacket } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'
import { cpuSecondsOf, generate } from './load.js'
import type { LoadPlan, LoadResult } from './load-plan.js'
import type { Rig } from './rig.js'

/** What a stretch of load has cost one data centre. */
export interface Cost {
  cpuMs: number
  redisCommands: number
  rowsRead: number
  bytesSent: number
}

export const costKinds = ['cpuMs', 'redisCommands', 'rowsRead', 'bytesSent'] as const

interface Counters {
  cpuS: number
  redis: number
  rows: number
}

/**
 * One of two halves the viewers are split into: each is served by a data centre of its own, so that what one half costs is
 * counted by itself while both are asked the same at the same time.
 */
export class Arm {
  readonly #redis: Redis
  readonly #pids: number[]

  constructor(
    readonly dc: Rig['status']['dcs'][number],
    private readonly adminUrl: string,
  ) {
    this.#redis = new Redis(dc.redis)
    this.#pids = dc.parts.flatMap(({ name, pid }) => (pid && /\.(access|application)-/.test(name) ? [pid] : []))
  }

  /** Asks for as long as the plan says; resolves to what each thousand requests cost, and what became of them. */
  async ask(plan: Omit<LoadPlan, 'url'>, core: number): Promise<{ per1000: Cost; result: LoadResult }> {
    const before = await this.#counters()
    const result = await generate({ ...plan, url: this.dc.access[0] ?? '' }, core)
    const after = await this.#counters()
    const thousands = Object.values(result.byClass).reduce((all, { offered }) => all + offered, 0) / 1_000
    return {
      per1000: {
        cpuMs: ((after.cpuS - before.cpuS) * 1_000) / thousands,
        redisCommands: (after.redis - before.redis) / thousands,
        rowsRead: (after.rows - before.rows) / thousands,
        bytesSent: result.bytes / thousands,
      },
      result,
    }
  }

  async close() {
    this.#redis.disconnect()
  }

  async #counters(): Promise<Counters> {
    const [info, rows] = await Promise.all([this.#redis.info('stats'), this.#rowsRead()])
    const redis = Number(/total_commands_processed:(\d+)/.exec(info)?.[1])
    return { cpuS: cpuSecondsOf(this.#pids), redis, rows }
  }

  async #rowsRead(): Promise<number> {
    const connection = await createConnection({ uri: this.adminUrl })
    try {
      // Every way a statement can fetch a row; MariaDB no longer counts them in one.
      const [rows] = await connection.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Handler_read%'")
      return rows.reduce((all, row) => all + Number(row['Value']), 0)
    } finally {
      await connection.end()
    }
  }
}

/** 97.5th percentile of Student's t by degrees of freedom. Source: any table of it, for 1 to 10. */
const tOf = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** Mean, and within what 95 of 100 means would lie if the same were measured again. */
export function range(values: readonly number[]): { value: number; low: number; high: number } {
  const n = values.length
  const mean = values.reduce((all, each) => all + each, 0) / n
  const variance = values.reduce((all, each) => all + (each - mean) ** 2, 0) / (n - 1)
  const half = (tOf[Math.min(n - 1, tOf.length - 1)] ?? 2.228) * Math.sqrt(variance / n)
  return { value: mean, low: mean - half, high: mean + half }
}
