import { isCovered, type Rung, type SwitchKey, switches, switchKeys } from '@gala/contracts'

export interface Flip {
  key: SwitchKey
  rung: Rung
}

/** What only long connections would show is left out: nobody keeps one here. */
const seen = switchKeys.filter((key) => key !== 'rooms-live')

/** Every rung below the top, of every switch this load would show. */
export const everyRung: readonly Flip[] = seen.flatMap((key) =>
  switches[key].ladder.slice(1).map((rung) => ({ key, rung })),
)

/** Part of the trials in which each rung is flipped. */
const share = 0.2

/**
 * Which switches are flipped in each trial: each rung alone, in both directions, then sets by chance. Every trial tells of every switch that
 * way: as many as it takes to tell one rung from chance tell all of them. What would be flipped without effect is left out.
 */
export function design(byChance: number, random: () => number): Flip[][] {
  const alone = everyRung.flatMap((flip) => [[flip], [flip]])
  const sets = Array.from({ length: byChance }, () => {
    const set: Flip[] = []
    for (const key of seen) {
      const below = switches[key].ladder.slice(1)
      const rung = below[Math.floor(random() / share)]
      if (rung) set.push({ key, rung })
    }
    return set.filter(({ key }) => !isCovered(key, set))
  })
  return shuffled([...alone, ...sets], random)
}

/** In any order: what the machine does meanwhile falls on all alike. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items]
  const mixed: T[] = []
  while (left.length > 0) mixed.push(...left.splice(Math.floor(random() * left.length), 1))
  return mixed
}
