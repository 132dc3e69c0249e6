import {
  type Criticality,
  isCovered,
  type Plan,
  type Rung,
  rungs,
  type SavingsFile,
  type SwitchKey,
  switches,
} from '@gala/contracts'

type Amounts = Plan['predicted']
type Measured = SavingsFile['savings'][number]
type Step = Plan['set'][number]

/** A class weighs more than all there is in the one below it: five switches at three rungs. */
const weights: Record<Criticality, number> = {
  sheddable: 1,
  'sheddable-plus': 16,
  critical: 256,
  'critical-plus': 4_096,
}
const plansMax = 5
/** Below it a sum of measured figures says nothing. */
const sumsTo = 1e-9

export const painOf = ({ key, rung }: Step): number => weights[switches[key].criticality] * rungs.indexOf(rung)

/** What a set saves in a thousand requests: the sum of what each was measured to save alone. */
export function predicted(set: readonly Step[], savings: readonly Measured[]): Amounts {
  const sum: Amounts = { cpuMs: 0, redisCommands: 0, rowsRead: 0, bytesSent: 0 }
  for (const { key, rung } of set) {
    const saving = savings.find((of) => of.key === key && of.rung === rung)
    if (!saving || isCovered(key, set)) continue
    for (const name of Object.keys(sum) as (keyof Amounts)[]) sum[name] += saving[name].value
  }
  return sum
}

export const losesOf = (set: readonly Step[]): string[] =>
  set.flatMap(({ key, rung }) => switches[key].loses[rung] ?? [])

/**
 * The least painful sets of switches that save `share` of the processor time of everything at full, best first. Looks at every
 * combination of what has been measured: some thousands at most, because there are ten switches.
 */
export function plan({ baseline, savings }: Pick<SavingsFile, 'baseline' | 'savings'>, share: number): Plan[] {
  const wanted = baseline.cpuMs * share
  if (wanted <= 0) return []
  const usable = savings.filter(({ key, rung }) => rung !== 'full' && switches[key].ladder.includes(rung))
  const keys = [...new Set(usable.map(({ key }) => key))]
  const choices = keys.map((key) => [...new Set(usable.filter((of) => of.key === key).map(({ rung }) => rung))])
  const enough = combinations(keys, choices)
    .map((set) => ({ set, pain: set.reduce((sum, step) => sum + painOf(step), 0), saved: predicted(set, savings) }))
    .filter(({ saved }) => saved.cpuMs >= wanted - sumsTo)
    .sort((a, b) => a.pain - b.pain || b.saved.cpuMs - a.saved.cpuMs)
  const chosen: typeof enough = []
  for (const one of enough) {
    if (chosen.length >= plansMax) break
    // A set that hurts more than one it holds within itself is no choice.
    if (!chosen.some(({ set }) => within(set, one.set))) chosen.push(one)
  }
  return chosen.map(({ set, pain, saved }) => ({
    set,
    predicted: saved,
    share: saved.cpuMs / baseline.cpuMs,
    pain,
    loses: losesOf(set),
  }))
}

/** Whether `larger` cuts everything that `smaller` cuts, as deep or deeper. */
const within = (smaller: readonly Step[], larger: readonly Step[]) =>
  smaller.every(({ key, rung }) => larger.some((of) => of.key === key && depth(of.rung) >= depth(rung)))
const depth = (rung: Rung) => rungs.indexOf(rung)

function combinations(keys: readonly SwitchKey[], choices: readonly (readonly Rung[])[]): Step[][] {
  return keys.reduce<Step[][]>(
    (sets, key, i) => sets.flatMap((set) => [set, ...(choices[i] ?? []).map((rung) => [...set, { key, rung }])]),
    [[]],
  )
}
