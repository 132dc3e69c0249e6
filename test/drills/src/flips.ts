import type { Rung, SwitchKey } from '@gala/contracts'
import { until } from '@gala/platform'
import { GalaError, type OpsClient } from '@gala/sdk'
import { operator } from './edits.js'
import type { Rig } from './rig.js'

/** Where a process says it has a switch. */
interface Applied {
  process: string
  rung: Rung | undefined
  position: number
  appliedAtMs: number
}

interface Place {
  process: string
  url: string
}

/** Flips switches as operators do, and looks at what every process makes of it, asking the processes themselves. */
export class Flips {
  readonly places: Place[]
  readonly #tokens: { operator: string; second: string }

  private constructor(
    private readonly rig: Rig,
    tokens: { operator: string; second: string },
  ) {
    this.#tokens = tokens
    this.places = rig.status.dcs.flatMap(({ parts }) =>
      parts.flatMap(({ name, url }) => (url && /\.(access|application)-/.test(name) ? [{ process: name, url }] : [])),
    )
  }

  static async of(rig: Rig): Promise<Flips> {
    const token = (subject: string) => rig.client.token('operator', 3_600, subject)
    return new Flips(rig, { operator: await token('drill'), second: await token('drill-second') })
  }

  ops(dc: string, second = false): OpsClient {
    const base = this.rig.status.dcs.find(({ id }) => id === dc)?.base[0] ?? ''
    return operator(base, second ? this.#tokens.second : this.#tokens.operator)
  }

  async rev(dc: string, key: SwitchKey): Promise<number> {
    return (await this.ops(dc).switches.receipts({ params: { key } })).data.rev
  }

  /** Through base of `dc`; what needs two persons is confirmed by the second. Resolves to the position to be applied. */
  async flip(dc: string, key: SwitchKey, state: Rung | 'auto', more: { dc?: string; expectedRev?: number } = {}) {
    const expectedRev = more.expectedRev ?? (await this.rev(dc, key))
    const scope = more.dc === undefined ? {} : { scope: { dc: more.dc } }
    const body = { state, ...scope, reason: `drill: ${key} to ${state}`, expectedRev }
    const { data } = await this.ops(dc).switches.order({ params: { key }, body })
    if (!data.proposal) return data
    const params = { id: data.proposal.id }
    const verdict = { verdict: 'confirm' as const, reason: 'drill: second person' }
    return (await this.ops(dc, true).switches.confirm({ params, body: verdict })).data
  }

  async applied(key: SwitchKey): Promise<Applied[]> {
    return Promise.all(this.places.map(({ process, url }) => appliedAt(process, url, key)))
  }

  /** Of those that answer. */
  async heard(key: SwitchKey): Promise<Applied[]> {
    const all = await Promise.allSettled(this.places.map(({ process, url }) => appliedAt(process, url, key)))
    return all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  /** Resolves when every process has applied `position`, to when the last one did (Unix milliseconds). */
  async everywhere(key: SwitchKey, position: number, places = this.places): Promise<number> {
    const held = new Map<string, Applied>()
    const all = async () => {
      const missing = places.filter(({ process }) => !held.has(process))
      await Promise.all(
        missing.map(async ({ process, url }) => {
          const said = await appliedAt(process, url, key).catch(() => undefined)
          if (said && said.position >= position) held.set(process, said)
        }),
      )
      return held.size === places.length
    }
    const left = () => places.filter(({ process }) => !held.has(process)).map(({ process }) => process)
    await until(all, () => `${left().join(', ')} did not apply ${position}`, 30_000, 5)
    return Math.max(...[...held.values()].map(({ appliedAtMs }) => appliedAtMs))
  }
}

async function appliedAt(process: string, url: string, key: SwitchKey): Promise<Applied> {
  const reply = await fetch(`${url}/resiliencez`, { signal: AbortSignal.timeout(2_000) })
  const report = (await reply.json()) as {
    position: number
    appliedAt: string | null
    switches: { key: string; rung: Rung }[]
  }
  const rung = report.switches.find((each) => each.key === key)?.rung
  return { process, rung, position: report.position, appliedAtMs: Date.parse(report.appliedAt ?? '') }
}

export const codeOf = (error: unknown): string => (error instanceof GalaError ? error.code : String(error))
