import { type DuckDBConnection, DuckDBInstance, type JS } from '@duckdb/node-api'

/** What the embedded engine may take of this machine. */
export interface EngineBounds {
  memoryMb: number
  threads: number
}

/** DuckDB in memory: it holds nothing that is not in files of the lake. */
export class Engine {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  static async open({ memoryMb, threads }: EngineBounds): Promise<Engine> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      // Nothing is fetched from anywhere, and nothing is left beside the lake's files.
      autoinstall_known_extensions: 'false',
      temp_directory: '',
    })
    return new Engine(instance, await instance.connect())
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  /** Rows by the names of their columns, numbers as JavaScript's where they fit. */
  async rows<R extends Record<string, JS | number>>(sql: string): Promise<R[]> {
    const reader = await this.connection.runAndReadAll(sql)
    return reader.getRowObjectsJS().map((row) => plainRow(row) as R)
  }

  close(): void {
    this.connection.closeSync()
    this.instance.closeSync()
  }
}

/** Counts are far from 2^53: a bigint would only be in the way of JSON. */
function plainRow(row: Record<string, JS>): Record<string, JS | number> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  )
}

/** A text as SQL writes it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
