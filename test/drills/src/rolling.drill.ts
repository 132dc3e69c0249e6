import { Balancer } from './balancer.js'
import { edit, Ledger, operator } from './edits.js'
import { pause } from './faults.js'
import { idleMeter } from './machine.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { type Answer, type Door, SteadyLoad, warm } from './steady-load.js'

const eventsCount = 40
/** Of these, answered by the pool `hot`: it is restarted as well. */
const hotCount = 10
/** Requests a second through each edge, which no copy answers as a rule. */
const rate = 30
const healthMs = 5_000
/** From the back to the front, as a release is brought out: who is asked understands the new before who asks. */
const kinds = ['base', 'hot', 'application', 'access', 'edge'] as const
const processesMin = 18

export const rollingDrill: Drill = {
  about: 'every process of both data centres is restarted, one after the other, under steady load through both edges',
  sizes: { access: 2, application: 2, hot: 2, base: 2 },
  run: rolling,
}

async function rolling({ client, status }: Rig, say: (line: string) => void): Promise<Figure[]> {
  const { dcs } = status
  const ids = await events(dcs[0]?.base[0] ?? '', await client.token('operator', 1_200, 'drill'))
  await warm(
    dcs.flatMap(({ id, access }) => access.map((url): Door => ({ ...atRest(id, url), edge: false }))),
    ids,
  )
  const balancer = new Balancer(dcs.map(({ edge }) => edge))
  const doors = dcs.map(({ id, edge }): Door => ({ ...atRest(id, edge), urlNow: () => balancer.sendTo(edge) }))
  say('steady load, in health')
  const idle = idleMeter()
  const load = new SteadyLoad(doors, ids, true)
  await pause(healthMs)
  const tookMs: number[] = []
  for (const name of orderOf(dcs)) {
    const fromMs = performance.now()
    const before = load.answers.length
    await client.part('restart', name)
    tookMs.push(performance.now() - fromMs)
    say(`${name} restarted in ${((tookMs.at(-1) ?? 0) / 1000).toFixed(1)} s`)
    tellFailures(load.answers.slice(before), say)
  }
  await pause(healthMs)
  await load.stop()
  await balancer.stop()
  return figures(load, tookMs, balancer, idle())
}

function figures(load: SteadyLoad, tookMs: readonly number[], balancer: Balancer, idle: number): Figure[] {
  const { answers } = load
  const count = (outcome: Answer['outcome']) => answers.filter((answer) => answer.outcome === outcome).length
  const times = answers.map((answer) => answer.tookMs)
  return [
    atLeast('processes restarted', tookMs.length, '', processesMin),
    atLeast('requests', answers.length, '', processesMin * rate),
    atMost('failed requests', answers.filter(isFailed).length, '', 0),
    told('answers from copies, marked', count('stale') + count('snapshot'), ''),
    told('refused for too many of a client', answers.filter(({ code }) => code === 'RATE_LIMITED').length, ''),
    told('asked again because the connection was being closed', load.repeated, ''),
    told('changes of the balancer', balancer.moves, ''),
    told('answered within, p50', quantile(times, 0.5), 'ms'),
    told('answered within, p99', quantile(times, 0.99), 'ms'),
    told('answered within, most', Math.max(...times), 'ms'),
    told('restart, most', Math.max(...tookMs) / 1_000, 's'),
    // Whoever shares the machine takes part in the drill: with nothing left, it is the machine that is measured.
    told('idle part of the machine', idle, '%'),
    told('questions left out because the drill was held up', load.skipped, ''),
  ]
}

const atRest = (dc: string, url: string): Door => ({ dc, url, rate, edge: true, elsewhere: () => false })

/** What the contract refuses a caller for is no failure of a restart. */
const isFailed = ({ outcome, code }: Answer) => outcome === 'refused' && code !== 'RATE_LIMITED'

/** Both data centres take turns, so that a release that is ill is met in one of them first. */
const orderOf = (dcs: Rig['status']['dcs']): string[] =>
  dcs
    .flatMap(({ parts }) => kinds.flatMap((kind) => parts.filter(({ name }) => poolOf(name) === kind)))
    .map(({ name }) => name)

/** `application` of `dc-a.application-1`. */
const poolOf = (name: string) => name.replace(/^[^.]+\./, '').replace(/-\d+$/, '')

async function events(base: string, token: string): Promise<string[]> {
  const ops = operator(base, token)
  const ledger = new Ledger()
  const ids = Array.from({ length: eventsCount }, (_, i) => `rolling-${process.pid}-${i}`)
  for (const id of ids) await edit(ops, ledger, id, 0)
  for (const id of ids.slice(0, hotCount)) {
    await ops.pools.move({ params: { id }, body: { pool: 'hot', reason: 'drill' } })
  }
  return ids
}

function tellFailures(answers: readonly Answer[], say: (line: string) => void) {
  const codes = new Map<string, number>()
  for (const { code, door } of answers.filter(isFailed)) {
    const what = `${door.dc}: ${code}`
    codes.set(what, (codes.get(what) ?? 0) + 1)
  }
  for (const [what, count] of codes) say(`failed through ${what}: ${count}`)
}
