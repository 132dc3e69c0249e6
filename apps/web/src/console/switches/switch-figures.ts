import type { Criticality, Rung, Saving, Switchboard, SwitchItem, Traffic } from '@gala/contracts'
import { criticalities } from '@gala/contracts'

export type Effective = SwitchItem['effective'][number]

/** Switches by importance, the least important first: what is cut first is looked for first. */
export function grouped(items: readonly SwitchItem[]): { criticality: Criticality; items: SwitchItem[] }[] {
  return criticalities
    .toReversed()
    .map((criticality) => ({ criticality, items: items.filter((item) => item.criticality === criticality) }))
    .filter((group) => group.items.length > 0)
}

/** `4/4`: processes of the data centre that say they are on the rung, of all that say anything. */
export function countOf({ rung, processes }: Effective): string {
  const total = Object.values(processes).reduce((sum, count) => sum + count, 0)
  return `${processes[rung]}/${total}`
}

/** Whether not all processes of a data centre say the same. */
export const torn = ({ processes }: Effective): boolean =>
  Object.values(processes).filter((count) => count > 0).length > 1

export const savingOf = ({ savings }: SwitchItem, rung: Rung): Saving | undefined =>
  savings.find((saving) => saving.rung === rung)

/** The most a switch can save: of the lowest rung that was measured. */
export const deepestSaving = (item: SwitchItem): Saving | undefined =>
  item.ladder.toReversed().flatMap((rung) => savingOf(item, rung) ?? [])[0]

/**
 * Processor time a switch is saving a second by now, in milliseconds: what was measured, at the traffic each data centre
 * has. undefined: it is not lowered, or was never measured there.
 */
export function savingNowMs(item: SwitchItem, traffic: readonly Traffic[]): number | undefined {
  const parts = item.effective.flatMap(({ dc, rung }) => {
    const saving = rung === 'full' ? undefined : savingOf(item, rung)
    const perS = traffic.find((of) => of.dc === dc)?.perS
    return saving && perS !== undefined ? [(saving.cpuMs.value * perS) / 1000] : []
  })
  return parts.length > 0 ? parts.reduce((sum, part) => sum + part, 0) : undefined
}

/** `12.3`, and `123` from a hundred on. */
export const amount = (value: number): string => value.toFixed(Math.abs(value) < 99.95 ? 1 : 0)

/** Names of processes that have not come as far as the newest order, with what is known of why. */
export function behind({ position, processes }: Switchboard): { name: string; why: string }[] {
  return processes
    .filter((of) => of.position === null || of.position < position)
    .map(({ name, position: applied, detail }) => ({
      name,
      why: detail ?? (applied === null ? 'it cannot be asked' : `it has applied orders up to ${applied}`),
    }))
}

/** Whether every data centre is on the same level, and on which. */
export function levelsOf({ level: { items } }: Switchboard): { highest: number; differ: boolean } {
  const all = items.map(({ level }) => level)
  const highest = Math.max(0, ...all)
  return { highest, differ: all.some((level) => level !== highest) }
}
