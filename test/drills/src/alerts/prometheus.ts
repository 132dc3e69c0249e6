import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PlatformStatus, program, until } from '@gala/platform'
import { scaled } from './scaled.js'

const ours = /\.(access|application|base|pipeline)-\d+$/

interface Alert {
  labels: Record<string, string>
  state: 'pending' | 'firing'
}

/** A real Prometheus that scrapes a platform every two seconds, with our rules on a faster clock. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(dir: string, port: number, alertsDir: string, status: PlatformStatus, times: number) {
    mkdirSync(dir, { recursive: true })
    for (const name of ['slo.yml', 'platform.yml'])
      writeFileSync(join(dir, name), scaled(readFileSync(join(alertsDir, name), 'utf8'), times))
    writeFileSync(join(dir, 'targets.json'), JSON.stringify(targetsOf(status)))
    writeFileSync(join(dir, 'prometheus.yml'), configuration)
    const log = openSync(join(dir, 'prometheus.log'), 'w')
    const args = [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--storage.tsdb.retention.time=1h',
    ]
    const child = spawn(program('prometheus'), args, { cwd: dir, stdio: ['ignore', log, log] })
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, child)
    await until(() => prometheus.#isReady(), 'Prometheus does not start', 30_000, 100)
    return prometheus
  }

  /** Names of the alerts that fire now. */
  async firing(): Promise<ReadonlySet<string>> {
    const { data } = await this.#get<{ alerts: Alert[] }>('alerts')
    return new Set(data.alerts.flatMap(({ state, labels }) => (state === 'firing' ? (labels['alertname'] ?? []) : [])))
  }

  /** Names of all alerts there are. */
  async known(): Promise<string[]> {
    const { data } = await this.#get<{ groups: { rules: { name: string }[] }[] }>('rules?type=alert')
    return data.groups.flatMap(({ rules }) => rules.map(({ name }) => name))
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await ended
  }

  async #isReady(): Promise<boolean> {
    if (this.child.exitCode !== null) throw new Error(`Prometheus ended with ${this.child.exitCode}`)
    return fetch(`${this.url}/-/ready`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  async #get<T>(path: string): Promise<{ data: T }> {
    const reply = await fetch(`${this.url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) })
    return (await reply.json()) as { data: T }
  }
}

const targetsOf = ({ dcs }: PlatformStatus) =>
  dcs.flatMap(({ id: dc, parts }) =>
    parts.flatMap(({ name, url }) => {
      const app = ours.exec(name)?.[1]
      return app === undefined ? [] : [{ targets: [new URL(url).host], labels: { instance: name, dc, app } }]
    }),
  )

const configuration = `
global: { scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s }
rule_files: [slo.yml, platform.yml]
scrape_configs:
  - job_name: gala
    honor_labels: true
    file_sd_configs: [{ files: [targets.json] }]
`
