import { migrate } from '@gala/database'
import { seededRandom } from '@gala/kernel/testing'
import { Worker } from './escrow/fleet.js'
import { openBooks } from './escrow/open-books.js'
import { type Ground, type Outcome, oneRun } from './escrow/run.js'
import { atMost, type Figure, quantile, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const runs = 200
const issuersPerDc = 2
const needed = new Set(['mysql', 'redis', 'base'])

export const escrowDrill: Drill = {
  about: 'stock is given away in both data centres while processes and whole data centres are killed, 200 seeded runs',
  sizes: {},
  run: escrow,
}

async function escrow(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  // Only the stores are asked, and base keeps them open: everything else would take processor time from two hundred runs.
  const idle = rig.status.dcs.flatMap(({ parts }) => parts).filter(({ kind }) => !needed.has(kind))
  const scope = await rig.client.scope()
  await Promise.all(idle.map(({ name }) => rig.client.part('stop', name)))
  await migrate(scope.mysqlUrl, 'mariadb')
  const { books, close } = openBooks(scope.mysqlUrl)
  const workers = new Map(
    rig.status.dcs.map(({ id, redis }) => {
      const env = { dc: id, redisUrl: redis, keyPrefix: scope.keyPrefix }
      const keeper = new Worker({ ...env, mysqlUrl: scope.mysqlUrl })
      return [id, [keeper, ...Array.from({ length: issuersPerDc }, () => new Worker({ ...env, mysqlUrl: undefined }))]]
    }),
  )
  const all = [...workers.values()].flat()
  await Promise.all(all.map(({ ready }) => ready))
  const outcomes: Outcome[] = []
  for (let seed = 1; seed <= runs; seed++) {
    const ground: Ground = { rig, books, workers, random: seededRandom(seed) }
    const outcome = await oneRun(ground, `stock-${seed}`)
    outcomes.push(outcome)
    for (const wrong of outcome.wrong) say(`seed ${seed}: ${wrong}`)
    if (seed % 20 === 0) say(`${seed} of ${runs} runs, ${sum(outcomes, ({ killed }) => killed)} processes killed`)
  }
  await Promise.all(all.map((worker) => worker.kill()))
  await close()
  await scope.drop()
  return figuresOf(outcomes)
}

const sum = (outcomes: readonly Outcome[], of: (outcome: Outcome) => number) =>
  outcomes.reduce((all, outcome) => all + of(outcome), 0)

function figuresOf(outcomes: readonly Outcome[]): Figure[] {
  const count = (holds: (outcome: Outcome) => boolean) => outcomes.filter(holds).length
  const unaccounted = ({ wrong }: Outcome) => wrong.some((text) => text.startsWith('not accounted'))
  const accountedMs = outcomes.map((outcome) => outcome.accountedMs)
  const stock = sum(outcomes, ({ total }) => total)
  return [
    atMost(
      'runs that gave away more than there was',
      count(({ yes, total }) => yes > total),
      '',
      0,
    ),
    atMost(
      'units given that are not in the books',
      sum(outcomes, (o) => Math.max(0, o.yes - o.booked - o.lost)),
      '',
      0,
    ),
    atMost('runs in which something was not accounted for', count(unaccounted), '', 0),
    atMost(
      'runs in which anything was wrong',
      count(({ wrong }) => wrong.length > 0),
      '',
      0,
    ),
    told('runs', outcomes.length, ''),
    told('stock in all runs', stock, ''),
    told(
      'units given to claimants',
      sum(outcomes, ({ yes }) => yes),
      '',
    ),
    told(
      'units booked as issued',
      sum(outcomes, ({ booked }) => booked),
      '',
    ),
    told(
      'units written off',
      sum(outcomes, ({ lost }) => lost),
      '',
    ),
    told(
      'processes killed',
      sum(outcomes, ({ killed }) => killed),
      '',
    ),
    told(
      'data centres killed',
      sum(outcomes, ({ dcsKilled }) => dcsKilled),
      '',
    ),
    told(
      'of these, with the memory of their Redis',
      sum(outcomes, ({ memoriesLost }) => memoriesLost),
      '',
    ),
    told('everything accounted for, p50', quantile(accountedMs, 0.5), 'ms'),
    told('everything accounted for, longest', Math.max(...accountedMs), 'ms'),
  ]
}
