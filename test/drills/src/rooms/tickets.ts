import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const patienceMs = 5_000
const triesMax = 60
const againMs = 500

export interface Ticketed {
  urls: string[]
  ticket: string
}

/** Asks for tickets, by turns at several doors, over connections that are kept. */
export class Tickets {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 })
  #turn = 0

  constructor(
    private readonly urls: readonly string[],
    private readonly room: string,
  ) {}

  async ask(): Promise<Ticketed> {
    const base = this.urls[this.#turn++ % this.urls.length] ?? ''
    const { status, body } = await get(`${base}/v1/rooms/${this.room}/connect`, this.#agent)
    if (status !== 200) throw new Error(`no ticket: ${status}`)
    return JSON.parse(body) as Ticketed
  }

  /** Whoever is told to come again comes again, for a while. */
  async insist(): Promise<Ticketed> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.ask()
      } catch (error) {
        if (tries === triesMax) throw error
        await pause(againMs)
      }
    }
  }

  close() {
    this.#agent.destroy()
  }
}

export function get(
  url: string,
  agent: Agent,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers, timeout: patienceMs }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: answer.headers,
        }),
      )
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')))
    asked.on('error', reject)
    asked.end()
  })
}

export const textOf = (error: unknown) => (error as Error).message || String(error)
