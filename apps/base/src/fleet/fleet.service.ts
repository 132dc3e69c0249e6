import { readFileSync } from 'node:fs'
import { type Instance, type Topology, topologySchema } from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { explain } from './explain.js'
import { type Finding, type Part, probe, probeTimeoutMs } from './probes.js'

const probeEveryMs = 500

/** A part of the topology, and where it stands. */
export interface PlacedPart {
  dc: string
  part: Part
}

export interface Fleet {
  items: Instance[]
  /** Newest change position any part has been seen at. */
  position: number | null
}

/** Looks after every part of every data centre by asking it; needs nothing but the topology, so it works when all else is down. */
@Injectable()
export class FleetService implements OnApplicationBootstrap {
  /** Every part the topology names. */
  readonly parts: readonly PlacedPart[]
  /** Ids of the data centres. */
  readonly dcs: readonly string[]
  readonly #seen = new Map<string, Instance>()
  readonly #listeners = new Set<(fleet: Fleet) => void>()

  constructor(@Inject(APP_CONTEXT) private readonly context: BaseContext) {
    const topology = readTopology(context.config.GALA_TOPOLOGY_FILE)
    this.dcs = topology.dcs.map(({ id }) => id)
    this.parts = topology.dcs.flatMap(({ id, parts }) => parts.map((part) => ({ dc: id, part })))
  }

  onApplicationBootstrap() {
    const { clock, health } = this.context
    const look = oneAtATime(() => this.look())
    health.onDrain(clock.every(probeEveryMs, () => void look()))
    void look()
  }

  get fleet(): Fleet {
    const items = this.parts.flatMap(({ part }) => this.#seen.get(part.name) ?? [])
    const positions = items.flatMap(({ appliedPosition }) => appliedPosition ?? [])
    return { items, position: positions.length > 0 ? Math.max(...positions) : null }
  }

  /** Called after every look. Returns the function that ends it. */
  onLook(listener: (fleet: Fleet) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async look(): Promise<void> {
    await Promise.all(this.parts.map(async ({ dc, part }) => this.#seen.set(part.name, await this.#ask(dc, part))))
    const { fleet } = this
    for (const listener of this.#listeners) listener(fleet)
  }

  async #ask(dc: string, part: Part): Promise<Instance> {
    const { clock } = this.context
    const startedMs = clock.monotonicMs()
    const finding: Finding = await within(probe(part, clock.nowMs())).catch((error: unknown) => ({
      state: 'down' as const,
      detail: explain(error),
    }))
    return {
      name: part.name,
      kind: part.kind,
      dc,
      url: withoutCredentials(part.url),
      state: finding.state,
      detail: finding.detail,
      release: finding.release ?? null,
      startedAt: finding.startedAt ?? null,
      appliedPosition: finding.appliedPosition ?? null,
      dependencies: finding.dependencies ?? {},
      probedAt: new Date(clock.nowMs()).toISOString(),
      latencyMs: finding.state === 'down' ? null : Math.round((clock.monotonicMs() - startedMs) * 10) / 10,
    }
  }
}

/** Some drivers have no time-out of their own for a server that accepts and then says nothing. */
async function within(finding: Promise<Finding>): Promise<Finding> {
  const late = AbortSignal.timeout(probeTimeoutMs * 2)
  return await Promise.race([
    finding,
    new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(new Error('does not answer')), { once: true })
    }),
  ])
}

function withoutCredentials(url: string): string {
  const clean = new URL(url)
  clean.username = ''
  clean.password = ''
  return clean.href.replace(/\/$/, '')
}

/** @throws when the file is missing or not a topology: base must not start without knowing what it looks after. */
function readTopology(file: string): Topology {
  const parsed = topologySchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(`GALA_TOPOLOGY_FILE: ${issue?.path.join('.')}: ${issue?.message}`)
}
