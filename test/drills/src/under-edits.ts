import { until } from '@gala/platform'
import type { OpsClient } from '@gala/sdk'
import { Editor, Ledger, operator } from './edits.js'
import { Faults } from './faults.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import type { Rig } from './rig.js'
import { visibilities } from './visibilities.js'
import { Watcher, type Window } from './watch.js'

const promiseMs = 1_000
const editPauseMs = 25
/** Beyond that the drill ends, whatever it has: writes that are this slow are a finding, not a reason to run on. */
const longestMs = 360_000

/** Edits and reads without pause while one thing after the other breaks; every answer is held against what was written. */
export async function underEdits(
  rig: Rig,
  say: (line: string) => void,
  { editors, writesMin }: { editors: number; writesMin: number },
  breaking: (faults: Faults) => Promise<void>,
): Promise<Figure[]> {
  const ledger = new Ledger()
  const windows: Window[] = []
  const token = await rig.client.token('operator', 3600, 'drill')
  const bases = rig.status.dcs.map(({ base }) => operator(base[0] ?? '', token))
  const watchers = rig.status.dcs.flatMap(({ id, application }) =>
    application.map((url, i) => new Watcher(`${id}.application-${i + 1}`, id, url, ledger, windows, promiseMs)),
  )
  const writing = Array.from({ length: editors }, (_, i) => {
    const ops = bases[i % bases.length] as (typeof bases)[number]
    return new Editor(`drill-${process.pid}-${i}`, ops, ledger, editPauseMs)
  })
  await until(() => ledger.ids.length === editors, 'nothing can be written', 20_000)
  for (const watcher of watchers) watcher.watch()
  const ids = bases.map((_, i) => `drill-${process.pid}-seen-${i}`)
  const visible = await visibilities(bases, watchers, ledger, ids)
  const faults = new Faults(rig, ledger, watchers, windows, say)
  const startedMs = performance.now()
  await breaking(faults)
  say(`${ledger.count} writes so far; going on in health`)
  await until(() => ledger.count >= writesMin || performance.now() - startedMs > longestMs, 'never', longestMs + 1_000)
  for (const editor of writing) await editor.stop()
  for (const watcher of watchers) await watcher.caughtUp(performance.now())
  const lost = await lostWrites(bases, ledger)
  for (const watcher of watchers) await watcher.stop()
  return [...figures(ledger, watchers, visible, faults.healed, lost, writesMin, say), ...faults.told]
}

function figures(
  ledger: Ledger,
  watchers: readonly Watcher[],
  visible: { own: number[]; other: number[] },
  healed: ReadonlyMap<string, number>,
  lost: number,
  writesMin: number,
  say: (line: string) => void,
): Figure[] {
  const sum = (of: (watcher: Watcher) => number) => watchers.reduce((n, watcher) => n + of(watcher), 0)
  const stale = watchers.flatMap((watcher) => watcher.stale)
  const inHealth = stale.filter(({ fault }) => fault === undefined)
  for (const { process, detail, lateMs } of inHealth.slice(0, 5)) {
    say(`stale in health: ${process} ${detail}, ${Math.round(lateMs)} ms late`)
  }
  return [
    atLeast('acknowledged writes', ledger.count, '', writesMin),
    told('refused writes', ledger.failed, ''),
    atMost('lost writes', lost, '', 0),
    told(
      'reads',
      sum(({ reads }) => reads),
      '',
    ),
    told(
      'reads marked as stale',
      sum(({ marked }) => marked),
      '',
    ),
    told(
      'reads that found their process killed',
      sum(({ failed }) => failed),
      '',
    ),
    atMost('unmarked reads staler than 1 s, in health', inHealth.length, '', 0),
    told('unmarked reads staler than 1 s, during faults', stale.length - inHealth.length, ''),
    told('visible in own DC, p50', quantile(visible.own, 0.5), 'ms'),
    atMost('visible in own DC, p99', quantile(visible.own, 0.99), 'ms', 200),
    told('visible in other DC, p50', quantile(visible.other, 0.5), 'ms'),
    atMost('visible in other DC, p99', quantile(visible.other, 0.99), 'ms', 200),
    ...[...healed].map(([fault, ms]) => atMost(`healed after: ${fault}`, ms, 'ms', promiseMs)),
  ]
}

/** Every event as the writer holds it: at least as new as was acknowledged. */
async function lostWrites(bases: readonly OpsClient[], ledger: Ledger): Promise<number> {
  let lost = 0
  for (const id of ledger.ids) {
    const { data } = await (bases[0] as OpsClient).events.detail({ params: { id } })
    lost += Math.max(0, ledger.newestAt(id, performance.now()) - data.version)
    if (data.venue !== `venue ${data.version}`) lost++
  }
  return lost
}
