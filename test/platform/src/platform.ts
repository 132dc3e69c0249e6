import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Topology } from '@gala/contracts'
import { allPorts, type DcCount, dcIdsOf, portsOf, type Sizes, sizesOf } from './layout.js'
import { memoryDirOf } from './memory-dir.js'
import { Part, type PartKind } from './part.js'
import { kafkaUrlOf } from './parts/kafka.js'
import type { Link } from './parts/link.js'
import { takesWrites } from './parts/mariadb.js'
import { redisUrlOf } from './parts/redis.js'
import { endOrphans, runOnce } from './process.js'
import { loadSecrets, mintToken, type Secrets } from './secrets.js'
import type { PlatformStatus } from './status.js'
import { layOut, linksOf, migrateEnv, portSeenFrom, topologyFile } from './topology.js'
import type { TopologyOptions } from './topology-options.js'
import { listening, until } from './wait.js'

export interface PlatformOptions {
  /** The checkout, built. */
  root: string
  /** Where everything it writes goes: data, configuration, logs, pids. */
  stateDir: string
  portBase: number
  /** How many data centres; two when left out. */
  dcs?: DcCount
  /** Everything said between data centres passes a relay of ours that delays, drops or cuts. Left out: nothing stands between. */
  links?: { delayMs: number }
  /** Processes per data centre; one of each unless said otherwise. Up to five of the usual pool, or ports meet. */
  sizes?: Partial<Sizes>
  /** A Kafka in each data centre, and the event log there instead of in Redis. */
  kafka?: boolean
  /** Events with a test signal; `spring-gala` when left out. */
  streams?: readonly string[]
  env?: Record<string, string>
  /** Further environment of single parts, by name. */
  envOf?: Record<string, Record<string, string>>
  /** Where every access process finds the application of a data centre, if not at its own address: something stands in between. */
  applicationVia?: Readonly<Record<string, readonly string[]>>
  say?: (line: string) => void
}

const lookEveryMs = 500
const tokenLifeS = 12 * 3600

/** Data centres of real parts, and a hand on each part. */
export class Platform {
  readonly #parts = new Map<string, Part>()
  readonly #links: readonly Link[]
  readonly #options: TopologyOptions
  readonly #say: (line: string) => void
  #watch: NodeJS.Timeout | undefined
  readonly secrets: Secrets

  constructor(options: PlatformOptions) {
    this.#say = options.say ?? (() => {})
    this.secrets = loadSecrets(join(options.stateDir, 'secrets.json'))
    this.#options = {
      root: options.root,
      stateDir: options.stateDir,
      memoryDir: memoryDirOf(options.stateDir),
      portBase: options.portBase,
      dcIds: dcIdsOf(options.dcs),
      sizes: sizesOf({ ...options.sizes, ...(options.kafka && { kafka: 1 }) }),
      links: options.links,
      secrets: this.secrets,
      release: releaseOf(options.root),
      streams: options.streams ?? ['spring-gala'],
      env: options.env ?? {},
      envOf: options.envOf ?? {},
      applicationVia: options.applicationVia ?? {},
    }
    const dirs = { log: join(options.stateDir, 'log'), run: join(options.stateDir, 'run') }
    this.#links = linksOf(this.#options)
    for (const spec of [...layOut(this.#options), ...this.#links.map((link) => link.spec)]) {
      this.#parts.set(spec.name, new Part(spec, dirs, this.#say))
    }
  }

  /** Brings everything up; resolves when every part works. On failure nothing is left running. */
  async start(): Promise<void> {
    const { stateDir, memoryDir, root } = this.#options
    const orphans = await endOrphans(join(stateDir, 'run'))
    if (orphans.length > 0) this.#say(`ended what an earlier run left: ${orphans.join(', ')}`)
    await rm(memoryDir, { recursive: true, force: true })
    await this.#claimPorts()
    this.#writeTopology()
    const beside: Promise<void>[] = []
    const meanwhile = (work: Promise<void>) => {
      work.catch(() => {})
      beside.push(work)
      return work
    }
    try {
      await this.#startKinds(['link'])
      const edges = meanwhile(this.#startKinds(['edge', 'stream']))
      const logs = meanwhile(this.#startKinds(['kafka']))
      await this.#startKinds(['mysql', 'redis'])
      this.#say('databases and Redis are up in every data centre')
      // They elect the data centre that writes.
      await this.#startKinds(['base'])
      const migrate = join(root, 'apps/base/dist/migrate.js')
      const env = migrateEnv(this.#options)
      this.#say((await runOnce('migrate', { file: process.execPath, args: [migrate], env }, 60_000)).trim())
      const pipelines = meanwhile(logs.then(() => this.#startKinds(['pipeline'])))
      await this.#startKinds(['application', 'access'])
      await Promise.all([pipelines, edges])
    } catch (error) {
      // What is still starting would not hear that it is to stop.
      await Promise.allSettled(beside)
      await this.stop()
      throw error
    }
    this.#watch = setInterval(() => void this.look(), lookEveryMs)
  }

  /** Ends every part gracefully, those in front first. */
  async stop(): Promise<void> {
    clearInterval(this.#watch)
    const ranks: PartKind[][] = [
      ['stream', 'edge'],
      ['access'],
      ['application', 'base'],
      ['pipeline'],
      ['mysql', 'redis', 'kafka'],
      ['link'],
    ]
    for (const kinds of ranks) await Promise.all(this.#of(kinds).map((part) => part.stop()))
    await until(async () => (await this.#busyPorts()).length === 0, 'a port is still in use after stopping', 5_000)
    await rm(this.#options.memoryDir, { recursive: true, force: true })
  }

  /** @throws when there is no such part. */
  part(name: string): Part {
    const part = this.#parts.get(name)
    if (!part) throw new Error(`there is no part ${name}; there are ${[...this.#parts.keys()].join(', ')}`)
    return part
  }

  /** @throws when nothing of ours stands between the two. */
  link(a: string, b: string): Link {
    const link = this.#links.find((one) => one.joins(a, b))
    if (!link)
      throw new Error(`there is no link between ${a} and ${b}; a platform has them when it is started with them`)
    return link
  }

  get parts(): Part[] {
    return [...this.#parts.values()]
  }

  async look(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.look()))
  }

  async status(): Promise<PlatformStatus> {
    await this.look()
    const { dcIds } = this.#options
    const dcs = await Promise.all(dcIds.map((id, i) => this.#dcStatus(id, i)))
    const others = this.parts.filter(({ spec }) => !dcIds.includes(spec.dc)).map(({ report }) => report)
    const [first] = dcs
    return {
      ready: [...dcs.flatMap(({ parts }) => parts), ...others].every(({ state }) => state === 'healthy'),
      dcs,
      others,
      console: `${first?.base[0]}/`,
      viewer: `${first?.edge}/`,
      opsToken: this.mint('ops', 'demo-admin', 'admin', tokenLifeS),
      viewerToken: this.mint('viewer', 'demo-viewer', undefined, tokenLifeS),
    }
  }

  mint(audience: 'ops' | 'viewer', subject: string, role: string | undefined, expiresInS: number): string {
    return mintToken(this.secrets, { audience, subject, expiresInS, ...(role !== undefined && { role }) })
  }

  async #dcStatus(id: string, index: number) {
    const ports = portsOf(this.#options.portBase, index, this.#options.sizes)
    const writes = await takesWrites(ports.mysql, this.secrets).catch(() => false)
    const url = (port: number) => `http://127.0.0.1:${port}`
    const redis = redisUrlOf(this.#options.sizes.redis[index] ?? 'single', ports.redis)
    const reports = this.parts.filter(({ spec }) => spec.dc === id).map(({ report }) => report)
    return {
      id,
      role: writes ? ('writer' as const) : ('replica' as const),
      ready: reports.every(({ state }) => state === 'healthy'),
      edge: url(ports.edge),
      access: ports.access.map(url),
      application: ports.application.map(url),
      hot: ports.hot.map(url),
      base: ports.base.map(url),
      redis,
      eventLog: ports.kafka.length > 0 ? kafkaUrlOf(ports.kafka) : redis,
      mysql: `mysql://127.0.0.1:${ports.mysql}`,
      parts: reports,
    }
  }

  async #startKinds(kinds: PartKind[]) {
    const results = await Promise.allSettled(this.#of(kinds).map((part) => part.start()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  #of(kinds: PartKind[]) {
    return this.parts.filter(({ spec }) => kinds.includes(spec.kind))
  }

  async #busyPorts() {
    const { portBase, sizes, dcIds } = this.#options
    const ports = [
      ...dcIds.flatMap((_, i) => allPorts(portsOf(portBase, i, sizes))),
      ...this.#links.flatMap((link) => link.ports),
    ]
    const busy = await Promise.all(ports.map(async (port) => ((await listening(port)) ? [port] : [])))
    return busy.flat()
  }

  async #claimPorts() {
    const [busy] = await this.#busyPorts()
    if (busy !== undefined) {
      throw new Error(
        `port ${busy} is taken by another program; choose other ports, for example: GALA_PORT_BASE=8000 npm start`,
      )
    }
  }

  #writeTopology() {
    const { dcIds, stateDir } = this.#options
    for (const [i, dc] of dcIds.entries()) {
      const file = topologyFile(stateDir, dc)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(this.#topology(i)), { mode: 0o600 })
    }
  }

  /** The parts of every data centre, each at the address one of them has to ask at. */
  #topology(from: number): Topology {
    return {
      dcs: this.#options.dcIds.map((id, i) => ({
        id,
        parts: this.parts.flatMap(({ spec: { dc, name, kind, url } }) =>
          dc !== id || kind === 'link' ? [] : [{ name, kind, url: this.#urlSeenFrom(from, i, url) }],
        ),
      })),
    }
  }

  #urlSeenFrom(from: number, to: number, url: string): string {
    const seen = new URL(url)
    const port = portSeenFrom(this.#options, from, to, Number(seen.port))
    return url.replace(`:${seen.port}`, `:${port}`)
  }
}

function releaseOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}
