import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from './engine.js'
import { LakeFiles, type Step } from './lake-files.js'
import { LakeWriter } from './lake-writer.js'
import type { LakeRow, LakeTable } from './tables.js'

/** A lake in a folder of its own, for tests. */
export class LakeRig {
  readonly dir = mkdtempSync(join(tmpdir(), 'gala-lake-'))
  readonly files = new LakeFiles(join(this.dir, 'lake'))
  /** Where work ends as if its process had died there. */
  dieAt = Number.POSITIVE_INFINITY
  steps: string[] = []
  readonly step: Step = (name) => {
    this.steps.push(name)
    if (this.steps.length > this.dieAt) throw new Died(name)
  }

  private constructor(readonly engine: Engine) {}

  static async open(): Promise<LakeRig> {
    return new LakeRig(await Engine.open({ memoryMb: 128, threads: 1 }))
  }

  /** As after a start of the process: nothing is known but what is on disk. */
  writer(): LakeWriter {
    return new LakeWriter(this.engine, new LakeFiles(this.files.root, this.step), this.step)
  }

  async write(table: LakeTable, rows: readonly LakeRow[]): Promise<void> {
    await this.writer().write(table, { source: 'rig', from: 0, to: 1 }, rows)
  }

  /** Ids of all rows of `requests`, as Hive and Spark would find them: by what is in the folders. */
  async ids(): Promise<string[]> {
    const glob = join(this.files.root, 'requests/dt=*/hour=*/*.parquet')
    const [found] = await this.engine.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM glob('${glob}')`)
    if (found?.n === 0) return []
    const rows = await this.engine.rows<{ id: string }>(
      `SELECT request_id AS id FROM read_parquet('${glob}', union_by_name = true) ORDER BY 1`,
    )
    return rows.map(({ id }) => id)
  }

  /** The same by the list our own readers take. */
  async idsByList(): Promise<string[]> {
    const list = (await this.files.list('requests')).map((file) => `'${file}'`)
    if (list.length === 0) return []
    const rows = await this.engine.rows<{ id: string }>(
      `SELECT request_id AS id FROM read_parquet([${list.join(', ')}], union_by_name = true) ORDER BY 1`,
    )
    return rows.map(({ id }) => id)
  }

  close(): void {
    this.engine.close()
    rmSync(this.dir, { recursive: true })
  }
}

export class Died extends Error {}
