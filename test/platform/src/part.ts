import { join } from 'node:path'
import type { Topology } from '@gala/contracts'
import { type Command, Process, rotateLog } from './process.js'
import { until } from './wait.js'

/** What base knows of, and links, which are of the rig only. */
export type PartKind = Topology['dcs'][number]['parts'][number]['kind'] | 'link'
export type PartState = 'starting' | 'healthy' | 'down' | 'paused'

export interface PartSpec {
  name: string
  kind: PartKind
  /** The data centre it stands in; anything else: in none. */
  dc: string
  url: string
  command: () => Command
  /** Before each start: folders, configuration. */
  prepare?: () => Promise<void> | void
  /** Once it answers: accounts, replication. */
  afterStart?: () => Promise<void>
  /** Tells whoever sends it work that it is about to stop, and resolves when they have heard. */
  drain?: () => Promise<void>
  /** Resolves when it works, rejects with why not. Bounded in time by itself. */
  probe: () => Promise<void>
  stopSignal: NodeJS.Signals
  /** Rises by itself after a crash. */
  restarts: boolean
}

const startWithinMs = 60_000
const backoffMs = [0, 500, 1_000, 2_000, 5_000]
/** Up this long, a part is forgiven its earlier crashes. */
const forgivenAfterMs = 30_000

/**
 * One program of the platform, watched. Programs of ours, the edge and the encoder rise again after a crash; a data store
 * that was killed stays down until somebody starts it, because a drill that kills one wants it dead.
 */
export class Part {
  #process: Process | undefined
  #wanted = false
  #paused = false
  #detail: string | undefined = 'not started'
  #crashes = 0
  #upSinceMs = 0
  restarts = 0

  constructor(
    readonly spec: PartSpec,
    private readonly dirs: { log: string; run: string },
    private readonly say: (line: string) => void,
  ) {}

  get name() {
    return this.spec.name
  }

  get state(): PartState {
    if (this.#paused) return 'paused'
    if (!this.#process?.alive) return 'down'
    return this.#detail === undefined ? 'healthy' : this.#upSinceMs > 0 ? 'down' : 'starting'
  }

  get report() {
    const { name, kind, url } = this.spec
    const pid = this.#process?.alive ? this.#process.pid : null
    return {
      name,
      kind,
      url: withoutPassword(url),
      state: this.state,
      pid,
      restarts: this.restarts,
      detail: this.#detail ?? null,
    }
  }

  /** Starts it and waits until it works. */
  async start(): Promise<void> {
    if (this.#process?.alive) return
    this.#wanted = true
    rotateLog(this.#logFile)
    await this.#spawn()
    await until(
      async () => {
        await this.look()
        if (!this.#process?.alive && !this.spec.restarts)
          throw new Error(`${this.name} ended while starting; see ${this.#logFile}`)
        return this.#detail === undefined
      },
      () => `${this.name} does not come up: ${this.#detail}; see ${this.#logFile}`,
      startWithinMs,
    )
  }

  /** Ends it gracefully; it stays down until started again. */
  async stop(): Promise<void> {
    this.#wanted = false
    this.#paused = false
    await this.#process?.stop(this.spec.stopSignal)
    this.#detail = 'stopped'
  }

  /** Ends it as whoever brings a release does, after a word to those who ask it, and starts it anew. */
  async restart(): Promise<void> {
    await this.spec.drain?.()
    await this.stop()
    await this.start()
  }

  /** SIGKILL, as a crash. */
  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL')
    await this.#process?.exited
  }

  /** SIGKILL, and nobody brings it back: its machine is gone. */
  async crash(): Promise<void> {
    this.#wanted = false
    await this.kill()
    this.#detail = 'gone'
  }

  pause(on: boolean) {
    this.#process?.signal(on ? 'SIGSTOP' : 'SIGCONT')
    this.#paused = on
  }

  /** Asks whether it works. */
  async look(): Promise<void> {
    if (!this.#process?.alive || this.#paused) return
    try {
      await this.spec.probe()
      if (this.#detail !== undefined && this.#upSinceMs === 0) {
        await this.spec.afterStart?.()
        this.#upSinceMs = performance.now()
      }
      this.#detail = undefined
    } catch (error) {
      this.#detail = (error as Error).message.slice(0, 200)
    }
  }

  async #spawn() {
    await this.spec.prepare?.()
    this.#detail = 'starting'
    this.#upSinceMs = 0
    const pidFile = join(this.dirs.run, `${this.name}.json`)
    const started = new Process(this.name, this.spec.command(), this.#logFile, pidFile)
    this.#process = started
    void started.exited.then(() => this.#ended(started))
  }

  #ended(which: Process) {
    if (this.#process !== which) return
    if (!this.#wanted) return
    // Workers whose master was killed would keep its ports.
    which.alive = true
    which.signal('SIGKILL')
    which.alive = false
    this.#detail = this.spec.restarts
      ? 'ended, starting again'
      : `ended; bring it back with: npm run part -- start ${this.name}`
    this.say(`${this.name} ended`)
    if (!this.spec.restarts) return
    if (this.#upSinceMs > 0 && performance.now() - this.#upSinceMs > forgivenAfterMs) this.#crashes = 0
    const waitMs = backoffMs[Math.min(this.#crashes++, backoffMs.length - 1)]
    setTimeout(() => {
      if (!this.#wanted || this.#process !== which) return
      this.restarts++
      this.#spawn().catch((error: Error) => {
        this.#detail = error.message
      })
    }, waitMs)
  }

  get #logFile() {
    return join(this.dirs.log, `${this.name}.log`)
  }
}

/** Addresses are shown to people. */
function withoutPassword(url: string): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href.replace(/\/$/, '')
}
