import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { pause } from '../faults.js'
import type { Rig } from '../rig.js'
import type { LeaseSeen } from './windows.js'

const lookEveryMs = 20
const patienceMs = 1_000

/** Looks at the lease of the global scheduler in every server, and keeps when each holder was first seen. */
export class LeaseWatch {
  readonly seen: LeaseSeen[] = []
  #going = true
  readonly #ended: Promise<unknown>

  private constructor(urls: readonly string[]) {
    this.#ended = Promise.all(urls.map((url) => this.#follow(url)))
  }

  static async on(rig: Rig): Promise<LeaseWatch> {
    const ports = rig.status.dcs.map(({ mysql }) => Number(new URL(mysql).port))
    return new LeaseWatch(await Promise.all(ports.map((port) => rig.client.adminUrl(port))))
  }

  get holder(): string | undefined {
    return this.seen.at(-1)?.holder
  }

  async stop() {
    this.#going = false
    await this.#ended
  }

  /** A server that is down or paused is asked again; the other one tells meanwhile. */
  async #follow(uri: string) {
    while (this.#going) {
      const connection = await createConnection({ uri, connectTimeout: patienceMs }).catch(() => undefined)
      try {
        while (this.#going && connection) {
          const sql = "SELECT holder, token FROM gala.job_leases WHERE scope = 'global'"
          const [[row]] = await connection.query<RowDataPacket[]>({ sql, timeout: patienceMs })
          if (row) this.#note(String(row['holder']), Number(row['token']))
          await pause(lookEveryMs)
        }
      } catch {
        await pause(lookEveryMs)
      } finally {
        connection?.destroy()
      }
      if (!connection) await pause(lookEveryMs)
    }
  }

  /** A server that follows shows what the writer has shown before: only a higher token is news. A lease given up has no holder. */
  #note(holder: string, token: number) {
    const newest = this.seen.at(-1)
    if (holder === '' || (newest && token <= newest.token)) return
    this.seen.push({ holder, token, seenMs: Date.now() })
  }
}
