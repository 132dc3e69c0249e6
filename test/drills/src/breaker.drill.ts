import { BreakerWatch } from './breaker-watch.js'
import { edit, Ledger, operator } from './edits.js'
import type { FaultProxy, ProxyMode } from './fault-proxy.js'
import { pause } from './faults.js'
import { idleMeter } from './machine.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import type { Slots } from './slots.js'
import { type Answer, type Door, SteadyLoad, warm } from './steady-load.js'

const eventsCount = 60
/** Requests a second at each access process, which no copy of the edge answers, and through each edge. */
const rates = { access: 40, edge: 10 }
const phasesMs = { warmUp: 10_000, fault: 15_000, healed: 12_000, lastHealed: 15_000 }
const modes = ['slow', 'errors', 'hung', 'dead'] as const satisfies readonly ProxyMode[]

/** A third of a fault: whoever takes longer than that is not spared by the breaker but by the end of the fault. */
const tripMaxS = 5
const fullTrafficMaxS = 10
/**
 * Three probes a process each time its breaker is half-open. That is twice in a second at most: it stays open for half a second
 * at least, a fifth more or less, and half as long again after every probe that failed. All four access processes may ask.
 */
const probesPerSecondMax = 4 * 3 * 2
/** Below this part of the traffic in health it is probes that arrive; from this part on it is all of it again. */
const probesPart = 0.05
const fullPart = 0.9

export const breakerDrill: Drill = {
  about: 'the application of one data centre is slow, errs, hangs and dies under steady load',
  sizes: { access: 2 },
  proxied: true,
  run: breaker,
}

/** A stretch of the drill: a fault, or the time before all of them, and the health after it. */
interface Phase {
  name: string
  fromMs: number
  healedMs: number
  toMs: number
}

async function breaker({ client, status, proxies }: Rig, say: (line: string) => void): Promise<Figure[]> {
  const ids = Array.from({ length: eventsCount }, (_, i) => `breaker-${process.pid}-${i}`)
  const ops = operator(status.dcs[0]?.base[0] ?? '', await client.token('operator', 600, 'drill'))
  const ledger = new Ledger()
  for (const id of ids) await edit(ops, ledger, id, 0)
  const ill = proxies[0]
  if (!ill) throw new Error('nothing stands in front of the application')
  const watch = new BreakerWatch(
    status.dcs.flatMap(({ access }) => access),
    new URL(ill.url).host,
  )
  const doors = doorsOf(status.dcs, proxies)
  await warm(doors, ids)
  say('steady load, in health')
  const load = new SteadyLoad(doors, ids)
  const idle = idleMeter()
  const warmUp = await phase('health', () => pause(phasesMs.warmUp), 0)
  const idleInHealth = idle()
  const faults: Phase[] = []
  for (const mode of modes) {
    say(`the application of ${status.dcs[0]?.id}: ${mode}`)
    const healedForMs = mode === modes.at(-1) ? phasesMs.lastHealed : phasesMs.healed
    faults.push(await phase(mode, () => ail(ill, mode), healedForMs))
  }
  const idleInAll = idle()
  await load.stop()
  await watch.stop()
  const perSecond = ill.arrivals.between(warmUp.fromMs, warmUp.healedMs) / (phasesMs.warmUp / 1_000)
  for (const each of [warmUp, ...faults]) tell(each, load.answers, watch, say)
  return [
    ...ofAnswers(load.answers),
    ...[warmUp, ...faults].flatMap((each) => ofPhase(each, load.answers)),
    told('requests a second at the application, in health', perSecond, ''),
    ...faults.flatMap((fault) => ofTraffic(fault, ill, perSecond, watch)),
    atLeast('access processes that tell of their breaker', watch.processes.length, '', 4),
    ...faults.flatMap((fault) => ofBreakers(fault, watch)),
    // Whoever shares the machine takes part in the drill: with nothing left, it is the machine that is measured.
    told('questions left out because the drill was held up', load.skipped, ''),
    told('idle part of the machine, in health', idleInHealth, '%'),
    told('idle part of the machine, throughout', idleInAll, '%'),
  ]
}

function doorsOf(dcs: Rig['status']['dcs'], proxies: readonly FaultProxy[]): Door[] {
  return dcs.flatMap(({ id, access, edge }, i) => {
    const others = proxies.filter((_, j) => j !== i)
    const elsewhere = (traceId: string) => others.some((proxy) => proxy.saw(traceId))
    return [
      ...access.map((url): Door => ({ dc: id, url, rate: rates.access, edge: false, elsewhere })),
      { dc: id, url: edge, rate: rates.edge, edge: true, elsewhere },
    ]
  })
}

async function ail(proxy: FaultProxy, mode: ProxyMode) {
  await proxy.become(mode)
  await pause(phasesMs.fault)
  await proxy.become('pass')
}

async function phase(name: string, work: () => Promise<void>, healedForMs: number): Promise<Phase> {
  const fromMs = performance.now()
  await work()
  const healedMs = performance.now()
  await pause(healedForMs)
  return { name, fromMs, healedMs, toMs: performance.now() }
}

const isCritical = ({ criticality }: Answer) => criticality.startsWith('critical')
const isAnswered = ({ outcome }: Answer) => outcome !== 'refused'
const percent = (of: readonly Answer[], which: (answer: Answer) => boolean) =>
  (100 * of.filter(which).length) / of.length

function ofAnswers(answers: readonly Answer[]): Figure[] {
  const critical = answers.filter(isCritical)
  const direct = critical.filter(({ door }) => !door.edge)
  const part = (name: string, outcome: Answer['outcome']) =>
    told(
      `critical questions at access answered ${name}`,
      percent(direct, (each) => each.outcome === outcome),
      '%',
    )
  const rest = (criticality: Answer['criticality']) =>
    told(
      `${criticality} questions answered`,
      percent(
        answers.filter((each) => each.criticality === criticality),
        isAnswered,
      ),
      '%',
    )
  return [
    told('questions', answers.length, ''),
    atLeast('critical questions at access answered', percent(direct, isAnswered), '%', 99.9),
    atLeast(
      'critical questions through the edges answered',
      percent(
        critical.filter(({ door }) => door.edge),
        isAnswered,
      ),
      '%',
      99.9,
    ),
    part('by the own data centre', 'fresh'),
    part('by the other data centre', 'elsewhere'),
    part('with a stale copy', 'stale'),
    part('with a snapshot', 'snapshot'),
    rest('sheddable-plus'),
    rest('sheddable'),
  ]
}

/** Of the fault itself, at the data centre that has it: the health after it is not mixed in. */
function ofPhase({ name, fromMs, healedMs }: Phase, answers: readonly Answer[]): Figure[] {
  const during = answers.filter(
    ({ atMs, door }) => atMs >= fromMs && atMs < healedMs && !door.edge && door.dc === 'dc-a',
  )
  const tookMs = during.filter(isAnswered).map((answer) => answer.tookMs)
  return [
    told(`critical questions answered at access: ${name}`, percent(during.filter(isCritical), isAnswered), '%'),
    told(`time to an answer at access, p50: ${name}`, quantile(tookMs, 0.5), 'ms'),
    told(`time to an answer at access, p99: ${name}`, quantile(tookMs, 0.99), 'ms'),
  ]
}

function ofTraffic(
  { name, fromMs, healedMs, toMs }: Phase,
  proxy: FaultProxy,
  perSecond: number,
  watch: BreakerWatch,
): Figure[] {
  // At a dead application nothing arrives, whoever tries: there it is what the breakers let through that counts.
  const tried: Slots = name === 'dead' ? watch.admitted : proxy.arrivals
  const trippedMs = tried.first(fromMs, healedMs, 500, (count) => count < perSecond * 0.5 * probesPart)
  const full = proxy.arrivals.first(healedMs, toMs, 1_000, (count) => count >= perSecond * fullPart)
  return [
    atMost(`only probes after: ${name}`, ((trippedMs ?? Number.NaN) - fromMs) / 1_000, 's', tripMaxS),
    atMost(
      `probes in any second, most: ${name}`,
      trippedMs === undefined ? Number.NaN : tried.most(trippedMs, healedMs, 1_000),
      '',
      probesPerSecondMax,
    ),
    told(`probes in all: ${name}`, trippedMs === undefined ? Number.NaN : tried.between(trippedMs, healedMs), ''),
    atMost(`all traffic again after healing: ${name}`, ((full ?? Number.NaN) - healedMs) / 1_000, 's', fullTrafficMaxS),
  ]
}

/** As the breakers tell it themselves; the slowest of the processes that had to open one. */
function ofBreakers({ name, fromMs, healedMs, toMs }: Phase, watch: BreakerWatch): Figure[] {
  const openings = watch.openings(fromMs, toMs)
  const most = (of: (opening: (typeof openings)[number]) => number) => Math.max(...openings.map(of))
  if (openings.length === 0) return []
  return [
    told(`open after, by the breakers: ${name}`, most(({ openedMs }) => openedMs - fromMs) / 1_000, 's'),
    told(
      `open for, by the breakers: ${name}`,
      most(({ openedMs, ramping = Number.NaN }) => ramping - openedMs) / 1_000,
      's',
    ),
    told(`true repair time: ${name}`, (healedMs - fromMs) / 1_000, 's'),
    told(`learned repair time: ${name}`, most(({ repairMs }) => repairMs ?? Number.NaN) / 1_000, 's'),
    told(`closed after healing: ${name}`, most(({ closedMs = Number.NaN }) => closedMs - healedMs) / 1_000, 's'),
    told(
      `trips of a breaker, most: ${name}`,
      most(({ trips }) => trips),
      '',
    ),
  ]
}

/** What no figure holds: why what was refused, and the course of each breaker. */
function tell(
  { name, fromMs, healedMs, toMs }: Phase,
  answers: readonly Answer[],
  watch: BreakerWatch,
  say: (line: string) => void,
) {
  const refused = answers.filter((answer) => answer.atMs >= fromMs && answer.atMs < toMs && !isAnswered(answer))
  const codes = Map.groupBy(refused, ({ door, criticality, code }) => `${door.dc} ${criticality} ${code}`)
  for (const [code, of] of codes) say(`${name}: refused ${of.length} × ${code}`)
  const s = (ms: number | undefined) => (ms === undefined ? 'never' : `${((ms - fromMs) / 1_000).toFixed(1)} s`)
  for (const { process, reason, openedMs, ramping, closedMs, trips, repairMs } of watch.openings(fromMs, toMs)) {
    const course = `open ${s(openedMs)} (${reason}), healed ${s(healedMs)}, ramping ${s(ramping)}, closed ${s(closedMs)}`
    say(`${name}: ${process} ${course}; ${trips} trips, repair time ${Math.round(repairMs ?? 0)} ms`)
  }
}
