import type { LinkOrder, LinkReport, LinkSpec, LinkState } from '../links/relay.js'
import type { PartSpec } from '../part.js'
import { probeHttp } from './probe-http.js'

/** One end of a link, with the ports that are asked for there. */
export interface LinkEnd {
  id: string
  index: number
  ports: readonly number[]
}

const orderWithinMs = 2_000
export const inHealth = { cutFrom: [], lossPercent: 0, dropPerS: 0 }

/** What stands between two places, and a hand on it. How it was told to be outlives its process. */
export class Link {
  #state: LinkState
  readonly name: string

  constructor(private readonly options: Omit<LinkSpec, 'state'> & { entry: string; delayMs: number }) {
    this.name = `link.${options.between.join('.')}`
    this.#state = { ...inHealth, delayMs: options.delayMs }
  }

  joins(a: string, b: string) {
    const { between } = this.options
    return a !== b && between.includes(a) && between.includes(b)
  }

  get ports(): number[] {
    return [this.options.controlPort, ...this.options.passages.map(({ listen }) => listen)]
  }

  get spec(): PartSpec {
    const { between, passages, controlPort, entry } = this.options
    const url = `http://127.0.0.1:${controlPort}`
    return {
      name: this.name,
      kind: 'link',
      dc: 'links',
      url,
      command: () => {
        const spec: LinkSpec = { between, passages, controlPort, state: this.#state }
        return {
          file: process.execPath,
          args: [entry],
          env: { PATH: process.env['PATH'] ?? '', GALA_LINK: JSON.stringify(spec) },
        }
      },
      probe: () => probeHttp(url),
      stopSignal: 'SIGTERM',
      restarts: true,
    }
  }

  /** Resolves when the order is in force. @throws when the process does not answer; the next one will obey then. */
  async order({ reset, ...change }: LinkOrder): Promise<LinkReport> {
    this.#state = { ...this.#state, ...change }
    const order: LinkOrder = { ...change, ...(reset && { reset }) }
    const response = await fetch(`http://127.0.0.1:${this.options.controlPort}`, {
      method: 'POST',
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(orderWithinMs),
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as LinkReport
  }
}
