import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError, type publicApi, type RouteInput } from '@gala/contracts'
import { Spool } from '@gala/eventlog'
import { type Clock, systemClock } from '@gala/kernel'
import type { ApplicationContext } from '../application.config.js'
import type { EventsService } from '../events/events.service.js'
import type { ApplicationSignals } from '../signals.js'
import { PingbacksService } from './pingbacks.service.js'
import type { TakenBeacons } from './taken-beacons.repository.js'

type Batch = RouteInput<(typeof publicApi.pingbacks)['add']>['body']

interface Wanted {
  writer?: string
  spoolBytesMax?: number
  folder?: boolean
  taken?: TakenBeacons
}

/** Ping-backs with a spool on a disk, and what has been taken in memory or in a store of the test's. */
export class PingbacksRig {
  readonly dir = mkdtempSync(join(tmpdir(), 'gala-beacons-'))
  readonly told: string[] = []
  readonly asked: string[] = []
  storeFails = false
  databaseFails = false
  headroomLeft = 1
  readonly #spools: Spool[] = []
  readonly #known = new Set<string>()
  readonly #underWay = new Set<string>()

  open({ writer = 'one', spoolBytesMax, folder = true, taken }: Wanted = {}) {
    const clock: Clock = systemClock
    const guarded = <T>(call: () => Promise<T>) => (this.storeFails ? Promise.reject(new Error('gone')) : call())
    const config = { GALA_DC: 'dc-a', GALA_PINGBACKS_ONE_IN: 4 } as ApplicationContext['config']
    const shedding = { headroomLeft: this.headroomLeft } as ApplicationContext['shedding']
    const bounds = spoolBytesMax === undefined ? {} : { bytesMax: spoolBytesMax }
    const onError = (error: Error) => void this.told.push(error.message)
    const spool = folder ? new Spool({ dir: this.dir, topic: 'beacons', writer, clock, onError, ...bounds }) : undefined
    if (spool) this.#spools.push(spool)
    return new PingbacksService(
      { guarded },
      { clock, config, shedding },
      this.#signals(),
      spool,
      this.#events(),
      taken ?? this.#taken(),
    )
  }

  get lines(): Record<string, unknown>[] {
    const files = readdirSync(this.dir).sort()
    const text = files.map((file) => readFileSync(join(this.dir, file), 'utf8')).join('')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  async remove() {
    await Promise.all(this.#spools.map((spool) => spool.close()))
    rmSync(this.dir, { recursive: true })
  }

  #taken() {
    const nameOf = (session: string, batch: string) => `${session} ${batch}`
    return {
      begin: async (session: string, batch: string, seqs: readonly number[]) => {
        if (this.#underWay.has(nameOf(session, batch))) return undefined
        this.#underWay.add(nameOf(session, batch))
        return seqs.map((seq) => this.#known.has(`${session}-${seq}`))
      },
      done: async (session: string, batch: string, seqs: readonly number[]) => {
        for (const seq of seqs) this.#known.add(`${session}-${seq}`)
        this.#underWay.delete(nameOf(session, batch))
      },
    } as unknown as TakenBeacons
  }

  #events() {
    return {
      find: async (id: string) => {
        this.asked.push(id)
        if (this.databaseFails) throw new AppError('DATABASE_UNAVAILABLE', 'gone')
        if (!id.startsWith('gala')) throw new AppError('EVENT_NOT_FOUND', 'none')
      },
    } as unknown as EventsService
  }

  #signals() {
    return {
      beaconTaken: (kind: string, verified: boolean) => this.told.push(`taken ${kind} ${verified}`),
      beaconsRepeated: (count: number) => count > 0 && this.told.push(`repeated ${count}`),
      beaconRefused: (code: string) => this.told.push(`refused ${code}`),
      beaconsUnchecked: () => this.told.push('unchecked'),
      spoolFull: (topic: string) => this.told.push(`full ${topic}`),
    } as unknown as ApplicationSignals
  }
}

/** A batch of beats, sent now. */
export function batchOf(seqs: readonly number[], more: Partial<Batch> = {}): Batch {
  const nowMs = systemClock.nowMs()
  const beacons = seqs.map((seq) => ({ seq, at: nowMs - 50, kind: 'beat' as const, event: 'gala' }))
  return { session: 'session-1', batch: `batch-${seqs.join('-')}`, sentAt: nowMs, beacons, ...more }
}
