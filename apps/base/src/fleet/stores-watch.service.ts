import type { ServerState } from '@gala/database'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { Gauge } from 'prom-client'
import type { BaseContext } from '../base.config.js'
import type { DcStore } from '../control/dc-stores.js'
import { STORES } from '../tokens.js'
import { WRITER, type WriterParts } from '../writer/writer-parts.js'
import { freePart } from './disk.js'

const lookEveryMs = 2_000

/** What the own data centre's stores have left, and how far its database follows: for alerts, looked at every two seconds. */
@Injectable()
export class StoresWatch implements OnApplicationBootstrap {
  readonly #gauges: ReturnType<typeof gaugesOf>

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(STORES) private readonly stores: readonly DcStore[],
    @Inject(WRITER) private readonly writer: WriterParts | undefined,
  ) {
    this.#gauges = gaugesOf(context)
  }

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const look = oneAtATime(() => Promise.all([this.#redis(), this.#database(), this.#disk()]))
    health.onDrain(clock.every(lookEveryMs, () => void look()))
  }

  async #redis() {
    const info = await this.stores[0]?.redis.info('memory').catch(() => undefined)
    const ratio = info === undefined ? undefined : usedRatio(info)
    if (ratio !== undefined) this.#gauges.redisMemory.set(ratio)
  }

  async #database() {
    const state = await this.writer?.servers
      .get(this.context.config.GALA_DC)
      ?.state()
      .catch(() => undefined)
    // That it does not answer at all is told by whoever reads from it.
    if (!state) return
    this.#gauges.following.set(isFollowing(state) ? 1 : 0)
    this.#gauges.lag.set(state.replication?.behindS ?? 0)
  }

  async #disk() {
    const { GALA_SPOOL_DIR: dir } = this.context.config
    const free = dir === undefined ? undefined : await freePart(dir)
    if (free !== undefined) this.#gauges.diskFree.set(free)
  }
}

function gaugesOf({ metrics }: Pick<BaseContext, 'metrics'>) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [metrics] })
  return {
    redisMemory: gauge('gala_redis_memory_ratio', 'Part of the memory the own Redis may use that is used'),
    following: gauge('gala_replication_running', '1 while the own database takes writes or follows whoever does'),
    lag: gauge('gala_replication_lag_seconds', 'How far the own database is behind the one it follows'),
    diskFree: gauge('gala_disk_free_ratio', 'Part of the disk with the spool that is free'),
  }
}

const isFollowing = ({ readOnly, replication }: ServerState) =>
  !readOnly || (replication?.running === true && !replication.diverged)

/** Undefined of one without a bound. In a cluster it is that of the node that answered. */
export function usedRatio(info: string): number | undefined {
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  const most = field('maxmemory')
  return most > 0 ? field('used_memory') / most : undefined
}
