import { type Rung, rungs, type Switchboard, type SwitchKey, type SwitchReport } from '@gala/contracts'
import type { Governing } from '@gala/resilience'
import { inEffect } from './in-effect.js'
import type { Process } from './process-sampler.service.js'

type Effective = Switchboard['switches'][number]['effective'][number]

/** What the processes of a data centre say of a switch; while none does, what they have to make of the orders. */
export function effectiveIn(
  key: SwitchKey,
  dc: string,
  processes: readonly Process[],
  governing: Governing,
): Effective {
  const said = processes
    .filter((of) => of.dc === dc)
    .flatMap(({ report }) => report?.switches.filter((of) => of.key === key) ?? [])
  const counts = Object.fromEntries(
    rungs.map((rung) => [rung, said.filter((of) => of.rung === rung).length]),
  ) as Record<Rung, number>
  const most = mostOf(said, counts)
  const { rung, source, partial } = most ?? inEffect(key, dc, governing)
  return { dc, rung, source, partial, processes: counts }
}

/** As most of them say; of as many, the lower rung, because that is what somebody misses. */
function mostOf(said: readonly SwitchReport[], counts: Record<Rung, number>): SwitchReport | undefined {
  const [rung] = rungs.toReversed().toSorted((a, b) => counts[b] - counts[a])
  return said.find((of) => of.rung === rung)
}
