import type { Clock } from '@gala/kernel'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { Gauge } from 'prom-client'
import type { AppContext } from './context.js'

/** Addresses asked for before a process is ready, and how many at a time: it compiles its code while it does. */
const pathsMax = 100
const atOnce = 8
/** A process that cannot be warmed in this time is of more use cold. */
const withinMs = 5_000
const rememberedMax = 200
const rememberedMs = 3_600_000
const rememberEveryMs = 5_000

/**
 * The addresses a data centre is asked for most, kept in its Redis, newest first: what the processes that run hand over to
 * those that start.
 */
export class HotPaths {
  constructor(
    private readonly redis: Redis,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
  ) {}

  /** Writes down every few seconds what is hot. Returns the function that ends it. */
  keep(hot: () => readonly string[], onError: (error: unknown) => void): () => void {
    return this.clock.every(rememberEveryMs, () => {
      const paths = hot()
      if (paths.length > 0) this.#remember(paths).catch(onError)
    })
  }

  /**
   * What to answer before the audience asks: these, and what is hot. Resolves once the bus is heard: what is loaded earlier
   * is not kept for long.
   */
  async after(heard: Promise<void>, paths: readonly string[]): Promise<readonly string[]> {
    await heard
    const hot = await this.redis.zrevrange(this.#key, 0, pathsMax - 1).catch(() => [])
    return [...paths, ...hot]
  }

  async #remember(paths: readonly string[]) {
    const nowMs = this.clock.nowMs()
    await this.redis
      .multi()
      .zadd(this.#key, ...paths.flatMap((path) => [nowMs, path]))
      .zremrangebyscore(this.#key, '-inf', nowMs - rememberedMs)
      .zremrangebyrank(this.#key, 0, -rememberedMax - 1)
      .pexpire(this.#key, rememberedMs)
      .exec()
  }

  get #key() {
    return `${this.keyPrefix}hot-paths`
  }
}

/** Answers these addresses to itself, so that the first of the audience finds copies in memory and compiled code. */
export async function warmUp(server: FastifyInstance, context: AppContext, paths: readonly string[]): Promise<void> {
  const { clock, log, metrics } = context
  const startedMs = clock.monotonicMs()
  const left = [...new Set(paths)].slice(0, pathsMax)
  const asked = left.length
  let answered = 0
  const work = async () => {
    for (let url = left.shift(); url !== undefined; url = left.shift()) {
      if (clock.monotonicMs() - startedMs > withinMs) return
      const { statusCode } = await server.inject({ method: 'GET', url })
      if (statusCode < 500) answered++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const tookMs = Math.round(clock.monotonicMs() - startedMs)
  new Gauge({
    name: 'gala_warm_up_answers',
    help: 'Addresses answered before this process was ready',
    registers: [metrics],
  }).set(answered)
  log.info({ asked, answered, tookMs }, 'warm')
}
