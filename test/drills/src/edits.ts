import { createOpsClient, type OpsClient } from '@gala/sdk'
import type { Rig } from './rig.js'

interface Acknowledged {
  version: number
  atMs: number
}

/** Everything that was written and acknowledged: what reads are held against. */
export class Ledger {
  readonly #acknowledged = new Map<string, Acknowledged[]>()
  count = 0
  failed = 0

  /** The newest change position that was acknowledged. */
  newestPosition = 0

  acknowledge(id: string, version: number, position: number) {
    this.newestPosition = Math.max(this.newestPosition, position)
    const list = this.#acknowledged.get(id) ?? []
    list.push({ version, atMs: performance.now() })
    this.#acknowledged.set(id, list)
    this.count++
  }

  /** The newest version of an event that had been acknowledged at `atMs`; 0 when there was none. */
  newestAt(id: string, atMs: number): number {
    const list = this.#acknowledged.get(id) ?? []
    for (let i = list.length - 1; i >= 0; i--) {
      const { version, atMs: at } = list[i] as Acknowledged
      if (at <= atMs) return version
    }
    return 0
  }

  /** When the first version after `version` was acknowledged. */
  overtakenAt(id: string, version: number): number | undefined {
    return this.#acknowledged.get(id)?.find((each) => each.version > version)?.atMs
  }

  get ids(): string[] {
    return [...this.#acknowledged.keys()]
  }
}

export const operator = (baseUrl: string, token: string): OpsClient => createOpsClient({ baseUrl, token })

/** Edits one event over and over until it is stopped. Each edit says which version it was made from. */
export class Editor {
  #version = 0
  #going = true
  readonly #ended: Promise<void>

  constructor(
    readonly id: string,
    private readonly ops: OpsClient,
    private readonly ledger: Ledger,
    private readonly pauseMs: number,
  ) {
    this.#ended = this.#work()
  }

  async stop() {
    this.#going = false
    await this.#ended
  }

  async #work() {
    while (this.#going) {
      try {
        await edit(this.ops, this.ledger, this.id, this.#version)
        this.#version++
      } catch {
        this.ledger.failed++
        // It may have been written although nobody said so.
        this.#version = await this.#held().catch(() => this.#version)
      }
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs))
    }
  }

  async #held() {
    return (await this.ops.events.detail({ params: { id: this.id } })).data.version
  }
}

/** One acknowledged edit. */
export async function edit(ops: OpsClient, ledger: Ledger, id: string, from: number): Promise<number> {
  const startAt = '2026-01-01T12:00:00.000Z'
  const endAt = '2026-01-01T18:00:00.000Z'
  const fresh = { kind: 'concert' as const, title: `Drill ${id}`, status: 'live' as const, startAt, endAt }
  const body = { ...(from === 0 && fresh), venue: `venue ${from + 1}`, expectedVersion: from }
  const { data } = await ops.events.save({ params: { id }, body })
  ledger.acknowledge(id, data.version, data.position)
  return data.version
}

const writersCount = 16

/** Writes so many live events through base, as an operator would; resolves to their ids. */
export async function writeEvents(rig: Rig, prefix: string, count: number): Promise<string[]> {
  const ops = operator(rig.status.dcs[0]?.base[0] ?? '', await rig.client.token('operator', 600, 'drill'))
  const ledger = new Ledger()
  const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const left = [...ids]
  const writer = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await edit(ops, ledger, id, 0)
  }
  await Promise.all(Array.from({ length: writersCount }, writer))
  return ids
}
