import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { portsOf, Relay, sizesOf } from '@gala/platform'

const [cutOff, itsRedis] = ['dc-b.application-1', 'dc-b.redis']
const second = 1
/** Above the ports of what stands in no data centre, below those of the first one. */
const ports = { prometheus: 95, relay: 96 }
const smallDisk = '64k'

/** What single processes are given of their own, so that it can be broken for them alone: a way to Redis, and a disk. */
export class Surroundings {
  #relay: Relay | undefined
  #dir = ''
  prometheusPort = 0

  /** @returns the environment of the processes that are given something. */
  async open({ portBase, stateDir }: { portBase: number; stateDir: string }) {
    const [port = 0] = portsOf(portBase, second, sizesOf()).redis
    const listen = portBase + ports.relay
    const state = { delayMs: 0, cutFrom: [], lossPercent: 0, dropPerS: 0 }
    this.#relay = await Relay.open([cutOff, itsRedis], [{ from: cutOff, listen, port }], state)
    this.prometheusPort = portBase + ports.prometheus
    this.#dir = join(stateDir, 'around')
    await mkdir(join(this.#dir, 'wide'), { recursive: true })
    await symlink('wide', this.#disk)
    return {
      [cutOff]: { GALA_REDIS_URL: `redis://127.0.0.1:${listen}` },
      'dc-b.base-1': { GALA_SPOOL_DIR: this.#disk },
    }
  }

  /** One application hears nothing of its Redis any more, and nobody tells it. Call what is returned to mend it. */
  cut(): () => void {
    this.#relay?.order({ cutFrom: [cutOff, itsRedis] })
    return () => this.#relay?.order({ cutFrom: [] })
  }

  /**
   * One base process finds its spool on a disk without any room: one in memory, which no other process sees but by way of whoever
   * mounted it. Call what is returned to mend it.
   * @throws where this user may mount none, even in a namespace of its own.
   */
  async fill(): Promise<() => Promise<void>> {
    const at = join(this.#dir, 'small')
    await mkdir(at)
    const script =
      'mount -t tmpfs -o size="$1" none "$2" && { cat /dev/zero >"$2/fill" 2>/dev/null; echo full; exec cat; }'
    const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', smallDisk, at])
    let said = ''
    holder.stderr.on('data', (some: Buffer) => (said += some.toString()))
    const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => [''])])
    if (String(first).trim() !== 'full') throw new Error(`no disk of its own can be mounted here: ${said.trim()}`)
    await this.#lead(`/proc/${holder.pid}/root${at}`)
    return async () => {
      await this.#lead('wide')
      holder.stdin.end()
      await once(holder, 'exit')
    }
  }

  get #disk() {
    return join(this.#dir, 'disk')
  }

  async #lead(to: string) {
    await symlink(to, `${this.#disk}.new`)
    await rename(`${this.#disk}.new`, this.#disk)
  }
}
