import { type CacheProcess, cacheReportSchema } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { Agent, request } from 'undici'
import type { BaseContext } from '../base.config.js'
import { explain } from '../fleet/explain.js'
import { FleetService, type PlacedPart } from '../fleet/fleet.service.js'

const askTimeoutMs = 800
/** For all processes together, within the time of the route: one hung data centre must not hide the other. */
const allTimeoutMs = 4000
const atOnceMax = 16
/** The largest report has 64 kinds, some hundred hot keys and one preview; this is many times that. */
const bodyBytesMax = 512 * 1024

/** Asks every process that has a cache what it can say of it. */
@Injectable()
export class CacheReports implements OnApplicationShutdown {
  readonly #agent = new Agent({ connect: { timeout: askTimeoutMs }, connections: 2, maxResponseSize: bodyBytesMax })
  /** A round without a key that is under way: however many consoles poll, the processes are asked once. */
  #running: Promise<CacheProcess[]> | undefined

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    private readonly fleet: FleetService,
  ) {}

  async onApplicationShutdown() {
    await this.#agent.destroy()
  }

  /** One item for each access and application process, in the order of the topology. Never rejects. */
  all(key?: string): Promise<CacheProcess[]> {
    if (key !== undefined) return this.#round(key)
    this.#running ??= this.#round(undefined).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #round(key: string | undefined): Promise<CacheProcess[]> {
    const deadlineMs = this.context.clock.monotonicMs() + allTimeoutMs
    const asked = this.fleet.parts.filter(({ part }) => hasCache(part.kind))
    const items: CacheProcess[] = []
    const waiting = asked.entries()
    const work = async () => {
      for (const [i, placed] of waiting) items[i] = await this.#ask(placed, key, deadlineMs)
    }
    await Promise.all(Array.from({ length: atOnceMax }, work))
    return items
  }

  async #ask({ dc, part }: PlacedPart, key: string | undefined, deadlineMs: number): Promise<CacheProcess> {
    const of = { name: part.name, kind: part.kind as CacheProcess['kind'], dc }
    const leftMs = Math.floor(Math.min(askTimeoutMs, deadlineMs - this.context.clock.monotonicMs()))
    if (leftMs <= 0) return { ...of, report: null, detail: 'not asked: too many others did not answer' }
    try {
      const { statusCode, body } = await request(`${part.url}/cachez`, {
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(leftMs),
        ...(key !== undefined && { query: { key } }),
      })
      const text = await body.text()
      if (statusCode !== 200) return { ...of, report: null, detail: `answers ${statusCode}` }
      const parsed = cacheReportSchema.safeParse(jsonOf(text))
      if (parsed.success) return { ...of, report: parsed.data, detail: null }
      return { ...of, report: null, detail: 'its answer is not a report' }
    } catch (error) {
      return { ...of, report: null, detail: explain(error) }
    }
  }
}

const hasCache = (kind: PlacedPart['part']['kind']): boolean => kind === 'access' || kind === 'application'

/** What is not JSON becomes undefined, which is no report either. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
