import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EscrowBooks, Issue } from '@gala/escrow'
import { until } from '@gala/platform'
import { pause } from '../faults.js'
import type { Rig } from '../rig.js'
import type { Worker } from './fleet.js'

export interface Ground {
  rig: Rig
  books: EscrowBooks
  /** By data centre: its issuing processes and the one that keeps its grants. */
  workers: ReadonlyMap<string, readonly Worker[]>
  random: () => number
}

export interface Outcome {
  total: number
  /** Units that claimants were told they have. */
  yes: number
  booked: number
  lost: number
  killed: number
  dcsKilled: number
  memoriesLost: number
  /** From the end of the stock to the last unit accounted for. */
  accountedMs: number
  wrong: string[]
}

const claimantsAtOnce = 12
const settleWithinMs = 15_000

/** One stock, given away while processes are killed; then every unit is looked for. */
export async function oneRun(ground: Ground, stock: string): Promise<Outcome> {
  const { books, workers, random } = ground
  const total = 60 + Math.floor(random() * 140)
  const outcome: Outcome = {
    ...{ total, yes: 0, booked: 0, lost: 0, killed: 0, dcsKilled: 0, memoriesLost: 0, accountedMs: 0 },
    wrong: [],
  }
  await books.create(stock, total)
  for (const worker of [...workers.values()].flat()) worker.take(stock)
  const told = new Map<string, Issue[]>()
  let going = true
  const asking = Array.from({ length: claimantsAtOnce }, async () => {
    while (going) await claim(ground, total, told)
  })
  await breakThings(ground, outcome)
  going = false
  await Promise.all(asking)
  await account(ground, stock, outcome)
  judge(told, outcome)
  return outcome
}

/** Somebody asks a process of their data centre; one in so many has asked before. */
async function claim({ workers, random }: Ground, total: number, told: Map<string, Issue[]>) {
  const [dc, own] = pick([...workers], random)
  const claimant = `${dc} ${Math.floor(random() * total)}`
  const answer = await pick(
    own.filter(({ issues }) => issues),
    random,
  ).ask(claimant)
  if (answer?.issue) told.set(claimant, [...(told.get(claimant) ?? []), answer.issue])
  else await pause(2)
}

async function breakThings(ground: Ground, outcome: Outcome) {
  const { workers, random } = ground
  const all = [...workers.values()].flat()
  await pause(20 + random() * 120)
  for (let left = 1 + Math.floor(random() * 2); left > 0; left--) {
    const worker = pick(all, random)
    await worker.kill()
    worker.revive()
    outcome.killed++
    await pause(random() * 60)
  }
  if (random() < 0.3) await killDc(ground, outcome)
  await Promise.all(all.map(({ ready }) => ready))
  await pause(random() * 150)
}

/** All of a data centre at once; its Redis comes back with what it had written down, or with nothing. */
async function killDc({ rig, workers, random }: Ground, outcome: Outcome) {
  const [dc, own] = pick([...workers], random)
  const { client, stateDir } = rig
  await Promise.all([client.part('kill', `${dc}.redis`), ...own.map((worker) => worker.kill())])
  outcome.dcsKilled++
  await pause(random() * 300)
  if (random() < 0.5) {
    await rm(join(stateDir, dc, 'redis'), { recursive: true, force: true })
    outcome.memoriesLost++
  }
  await client.part('start', `${dc}.redis`)
  for (const worker of own) worker.revive()
}

/** Ends the stock and waits until nothing of it is with anybody. */
async function account({ books }: Ground, stock: string, outcome: Outcome) {
  const fromMs = performance.now()
  await books.end(stock, 'the run is over')
  let seen = await books.accounts(stock)
  const accounted = async () => {
    seen = await books.accounts(stock)
    return seen.accounts.leased + seen.accounts.awaited === 0
  }
  await until(accounted, '', settleWithinMs, 10).catch(() => {
    outcome.wrong.push(`not accounted for: ${JSON.stringify(seen.accounts)}`)
  })
  outcome.accountedMs = performance.now() - fromMs
  outcome.booked = seen.accounts.issued
  outcome.lost = seen.accounts.lost
  outcome.wrong.push(...seen.discrepancies)
}

/** What claimants were told, against the books. */
function judge(told: ReadonlyMap<string, Issue[]>, outcome: Outcome) {
  const owners = new Map<string, string>()
  for (const [claimant, issues] of told) {
    const units = new Set(issues.map(({ grant, serial }) => `${grant}:${serial}`))
    if (units.size > 1 && outcome.memoriesLost === 0) outcome.wrong.push(`${claimant} was given ${[...units]}`)
    for (const unit of units) {
      if (owners.has(unit)) outcome.wrong.push(`${unit} was given to ${owners.get(unit)} and ${claimant}`)
      owners.set(unit, claimant)
    }
  }
  outcome.yes = owners.size
  const { yes, booked, lost, total } = outcome
  if (yes > booked + lost) outcome.wrong.push(`${yes} given, ${booked} booked and ${lost} written off`)
  if (outcome.dcsKilled === 0 && lost > 0) outcome.wrong.push(`${lost} written off although no store was restarted`)
  if (yes > total) outcome.wrong.push(`${yes} given of ${total}`)
}

function pick<T>(from: readonly T[], random: () => number): T {
  const picked = from[Math.floor(random() * from.length)]
  if (picked === undefined) throw new Error('nothing to pick from')
  return picked
}
