import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createConnection } from 'mysql2/promise'
import { type ControlFile, controlFile, linkQuery, type PartAction } from './control.js'
import type { LinkOrder, LinkReport } from './links/relay.js'
import { inHealth } from './parts/link.js'
import { mysqlUrl } from './parts/mariadb.js'
import { isAlive } from './process.js'
import type { Secrets } from './secrets.js'
import type { PlatformStatus } from './status.js'
import { until } from './wait.js'

/** A schema and a key prefix of one's own on the platform's real parts. */
export interface Scope {
  mysqlUrl: string
  redisUrl: string
  keyPrefix: string
  drop(): Promise<void>
}

/** A hand on what stands between two places. Each resolves when it is so. */
export interface LinkHand {
  report(): Promise<LinkReport>
  /** Nothing passes, either way, and nobody is told. */
  cut(): Promise<LinkReport>
  /** Nothing passes from the first named to the second. */
  cutOneWay(): Promise<LinkReport>
  /** Everything passes again, in the order it was said; no loss, no drops. The delay stays. */
  mend(): Promise<LinkReport>
  /** One way. */
  delay(ms: number): Promise<LinkReport>
  /** So many pieces of a hundred come late, as if sent again. */
  lose(percent: number): Promise<LinkReport>
  /** So many connections are reset each second. */
  drop(perS: number): Promise<LinkReport>
  /** Every connection is reset, once. */
  reset(): Promise<LinkReport>
}

/** A hand on a platform that another process started. */
export class PlatformClient {
  private constructor(private readonly control: ControlFile) {}

  /** Undefined when nothing runs there. */
  static find(stateDir: string): PlatformClient | undefined {
    try {
      const control = JSON.parse(readFileSync(controlFile(stateDir), 'utf8')) as ControlFile
      return isAlive(control.pid, control.startedTicks) ? new PlatformClient(control) : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** @throws when nothing runs there. */
  static connect(stateDir: string): PlatformClient {
    const client = PlatformClient.find(stateDir)
    if (!client) throw new Error(`no platform runs from ${stateDir}`)
    return client
  }

  get pid() {
    return this.control.pid
  }

  get alive() {
    return isAlive(this.control.pid, this.control.startedTicks)
  }

  status(): Promise<PlatformStatus> {
    return this.#call('status')
  }

  /** `start` resolves when the part works; `stop` and `kill` when it is gone. */
  async part(action: PartAction, name: string): Promise<void> {
    await this.#call(`parts/${name}/${action}`)
  }

  /** The link between two places. Without links there is none, and every order is refused. */
  link(a: string, b: string): LinkHand {
    const order = (what: LinkOrder) => this.#call<LinkReport>(`links/${a}/${b}?${linkQuery(what)}`)
    return {
      report: () => order({}),
      cut: () => order({ cutFrom: [a, b] }),
      cutOneWay: () => order({ cutFrom: [a] }),
      mend: () => order(inHealth),
      delay: (delayMs) => order({ delayMs }),
      lose: (lossPercent) => order({ lossPercent }),
      drop: (dropPerS) => order({ dropPerS }),
      reset: () => order({ reset: true }),
    }
  }

  async token(role: string, expiresInS = 600, subject = `test-${role}`): Promise<string> {
    const query = new URLSearchParams({ role, subject, expiresInS: String(expiresInS) })
    return (await this.#call<{ token: string }>(`token?${query}`)).token
  }

  /** As the identity provider of viewers would sign it. */
  async viewerToken(subject: string, expiresInS = 600): Promise<string> {
    const query = new URLSearchParams({ audience: 'viewer', subject, expiresInS: String(expiresInS) })
    return (await this.#call<{ token: string }>(`token?${query}`)).token
  }

  /** Resolves when every part works and the first data centre writes. */
  async healed(timeoutMs = 60_000): Promise<void> {
    let bad = ''
    const ready = async () => {
      const { dcs, others } = await this.status()
      const down = [...dcs.flatMap(({ parts }) => parts), ...others].filter(({ state }) => state !== 'healthy')
      bad = down.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
      if (down.length > 0) return false
      bad = await this.#movedHome(dcs)
      return bad === ''
    }
    await until(ready, () => `not healed: ${bad}`, timeoutMs, 200)
  }

  /** Why the first data centre does not write yet; it is made to. */
  async #movedHome([home]: PlatformStatus['dcs']): Promise<string> {
    if (!home || home.role === 'writer') return ''
    const token = await this.token('admin')
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const answer = await fetch(`${home.base[0]}/ops/v1/datacentres${path}`, { ...init, headers })
      return (await answer.json()) as { writer?: { dc: string | null; token: number }; detail?: string }
    }
    try {
      const { writer } = await ask('')
      if (!writer?.dc) return 'nobody writes'
      const body = { to: home.id, mode: 'planned', reason: 'healed', expectedToken: writer.token }
      const { detail } = await ask('/writer', { method: 'PUT', body: JSON.stringify(body) })
      return detail ?? ''
    } catch (error) {
      return String(error)
    }
  }

  /** Asks the starter to stop everything and waits until it is gone. */
  async stop(): Promise<void> {
    await this.#call('stop')
    await until(() => !this.alive, 'the platform does not stop', 60_000)
  }

  /** The address of one server for whoever may do everything there: to break it on purpose. */
  async adminUrl(port: number): Promise<string> {
    const { mysql } = await this.#call<Secrets>('secrets')
    return mysqlUrl('gala_root', mysql.root, port, '')
  }

  /** One statement there. */
  async asAdmin(port: number, sql: string): Promise<unknown> {
    const connection = await createConnection(await this.adminUrl(port))
    try {
      const [rows] = await connection.query(sql)
      return rows
    } finally {
      await connection.end()
    }
  }

  /** A fresh schema and key prefix for one test file, on the first data centre's parts. */
  async scope(): Promise<Scope> {
    const [{ dcs }, secrets] = await Promise.all([this.status(), this.#call<Secrets>('secrets')])
    const first = dcs.find(({ role }) => role === 'writer')
    if (!first) throw new Error('no data centre of the platform writes')
    const schema = `gala_t_${randomBytes(6).toString('hex')}`
    const port = Number(new URL(first.mysql).port)
    const run = async (sql: string) => {
      const connection = await createConnection(mysqlUrl('gala_test', secrets.mysql.test, port, ''))
      await connection.query(sql)
      await connection.end()
    }
    await run(`CREATE DATABASE ${schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
    return {
      mysqlUrl: mysqlUrl('gala_test', secrets.mysql.test, port, schema),
      redisUrl: first.redis,
      keyPrefix: `${schema}:`,
      drop: () => run(`DROP DATABASE ${schema}`),
    }
  }

  async #call<T>(path: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.control.port}/${path}`, {
      headers: { authorization: `Bearer ${this.control.token}` },
      signal: AbortSignal.timeout(90_000),
    })
    const body = (await response.json()) as T & { error?: string }
    if (!response.ok) throw new Error(body.error ?? `the starter answers ${response.status}`)
    return body
  }
}
