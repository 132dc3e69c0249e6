import { Agent, request } from 'undici'
import type { z } from 'zod'
import type { BaseContext } from '../base.config.js'
import { explain } from './explain.js'
import type { FleetService, PlacedPart } from './fleet.service.js'

const askTimeoutMs = 800
/** For all processes together, within the time of the route: one hung data centre must not hide the other. */
const allTimeoutMs = 4000
const atOnceMax = 16
/** The largest report has 64 kinds, some hundred hot keys and one preview; this is many times that. */
const bodyBytesMax = 512 * 1024

/** An access or application process and what it answered. */
export interface Reported<T> {
  name: string
  kind: 'access' | 'application'
  dc: string
  report: T | null
  /** Why there is no report. */
  detail: string | null
}

/** Asks every process that serves the audience what it says of itself at one of its own addresses. */
export class ProcessReports<T> {
  readonly #agent = new Agent({ connect: { timeout: askTimeoutMs }, connections: 2, maxResponseSize: bodyBytesMax })
  /** A round without a key that is under way: however many consoles poll, the processes are asked once. */
  #running: Promise<Reported<T>[]> | undefined

  constructor(
    private readonly context: BaseContext,
    private readonly fleet: FleetService,
    private readonly path: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  async onApplicationShutdown() {
    await this.#agent.destroy()
  }

  /** One item for each access and application process, in the order of the topology. Never rejects. */
  all(key?: string): Promise<Reported<T>[]> {
    if (key !== undefined) return this.#round(key)
    this.#running ??= this.#round(undefined).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Only the processes of one data centre, so that another one that hangs holds nothing up. Never rejects. */
  of(dc: string): Promise<Reported<T>[]> {
    return this.#round(undefined, dc)
  }

  async #round(key: string | undefined, only?: string): Promise<Reported<T>[]> {
    const deadlineMs = this.context.clock.monotonicMs() + allTimeoutMs
    const parts = this.fleet.parts.filter(({ dc }) => only === undefined || dc === only)
    const asked = parts.flatMap(({ dc, part }) => placeOf(dc, part) ?? [])
    const items: Reported<T>[] = []
    const waiting = asked.entries()
    const work = async () => {
      for (const [i, { url, ...of }] of waiting) items[i] = { ...of, ...(await this.#ask(url, key, deadlineMs)) }
    }
    await Promise.all(Array.from({ length: atOnceMax }, work))
    return items
  }

  async #ask(
    url: string,
    key: string | undefined,
    deadlineMs: number,
  ): Promise<Pick<Reported<T>, 'report' | 'detail'>> {
    const leftMs = Math.floor(Math.min(askTimeoutMs, deadlineMs - this.context.clock.monotonicMs()))
    if (leftMs <= 0) return { report: null, detail: 'not asked: too many others did not answer' }
    try {
      const { statusCode, body } = await request(`${url}${this.path}`, {
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(leftMs),
        ...(key !== undefined && { query: { key } }),
      })
      const text = await body.text()
      if (statusCode !== 200) return { report: null, detail: `answers ${statusCode}` }
      const parsed = this.schema.safeParse(jsonOf(text))
      return parsed.success
        ? { report: parsed.data, detail: null }
        : { report: null, detail: 'its answer is not a report' }
    } catch (error) {
      return { report: null, detail: explain(error) }
    }
  }
}

function placeOf(dc: string, { name, kind, url }: PlacedPart['part']) {
  return kind === 'access' || kind === 'application' ? { name, kind, dc, url } : undefined
}

/** What is not JSON becomes undefined, which is no report either. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
