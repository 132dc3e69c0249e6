import { until } from '@gala/platform'
import { Redis } from 'ioredis'
import { pause } from './faults.js'
import { codeOf, Flips } from './flips.js'
import { generate } from './load.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const flipsCount = 200
const blockedFlips = 40
/** A data centre that died is replaced by then. */
const newWriterWithinMs = 5_000
const killsCount = 100
const racesCount = 50
/** A change of each of the processes at the other end, and of one request: what 200 ms are promised on top of. */
const boundMs = 200
const blockedBoundMs = 1_500
const loadPerS = 150

export const flipDrill: Drill = {
  about: 'switches are flipped under load, with messages blocked, with parts dead, and by two at once',
  sizes: { access: 2, application: 2 },
  run: flip,
}

async function flip(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const flips = await Flips.of(rig)
  say(`${flipsCount} flips under ${loadPerS} requests a second, ${flips.places.length} processes`)
  const quick = await underLoad(rig, () => timed(flips, flipsCount))
  say(`${blockedFlips} flips while no message gets through`)
  say(`last receipt after ${quantile(quick, 0.5)} ms in the middle, ${quantile(quick, 0.99)} ms at p99`)
  const blocked = await withoutMessages(rig, () => timed(flips, blockedFlips))
  const others = await withDeadHalf(rig, flips, say)
  const races = await raced(flips, say)
  const kills = await killed(rig, flips, say)
  const dead = await withoutControl(rig, flips, say)
  return [
    told('processes', flips.places.length, ''),
    told('flip to last receipt, p50', quantile(quick, 0.5), 'ms'),
    atMost('flip to last receipt, p99', quantile(quick, 0.99), 'ms', boundMs),
    told('with messages blocked, p50', quantile(blocked, 0.5), 'ms'),
    atMost('with messages blocked, p99', quantile(blocked, 0.99), 'ms', blockedBoundMs),
    ...others,
    ...races,
    ...kills,
    ...dead,
  ]
}

/** From the moment a flip was booked to its application by the last process, for each, through either data centre in turn. */
async function timed(flips: Flips, count: number): Promise<number[]> {
  const tookMs: number[] = []
  for (let i = 0; i < count; i++) {
    const dc = i % 2 === 0 ? 'dc-a' : 'dc-b'
    const expectedRev = await flips.rev(dc, 'stats')
    const fromMs = Date.now()
    const { position } = await flips.flip(dc, 'stats', i % 4 < 2 ? 'cached' : 'omit', { expectedRev })
    tookMs.push((await flips.everywhere('stats', position)) - fromMs)
  }
  return tookMs
}

/** The audience asks both data centres meanwhile. */
async function underLoad<T>(rig: Rig, work: () => Promise<T>): Promise<T> {
  let going = true
  const asking = rig.status.dcs.map(async ({ access }) => {
    const sort = {
      criticality: 'sheddable' as const,
      method: 'GET' as const,
      path: '/v1/events/:event/stats',
      share: 1,
    }
    const plan = { url: access[0] ?? '', events: ['spring-gala', 'nova-launch'], pages: 1, sorts: [sort] }
    while (going) await generate({ ...plan, ratePerS: loadPerS / 2, connections: 16, durationMs: 5_000, seed: 7 }, 1)
  })
  try {
    return await work()
  } finally {
    going = false
    await Promise.all(asking)
  }
}

/** Redis answers, but nobody may publish or listen to anything: messages are lost, and nobody is told. */
async function withoutMessages<T>(rig: Rig, work: () => Promise<T>): Promise<T> {
  const all = rig.status.dcs.map(({ redis }) => new Redis(redis))
  const users = (rule: string) => Promise.all(all.map((redis) => redis.call('ACL', 'SETUSER', 'default', rule)))
  try {
    await users('resetchannels')
    return await work()
  } finally {
    await users('allchannels')
    for (const redis of all) redis.disconnect()
  }
}

/** Base and MySQL of a data centre are dead: the other flips, and the processes of both obey. */
async function withDeadHalf(rig: Rig, flips: Flips, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [dead, other] of [
    ['dc-b', 'dc-a'],
    ['dc-a', 'dc-b'],
  ] as const) {
    say(`base and MySQL of ${dead} are dead`)
    await Promise.all(['base-1', 'mysql'].map((part) => rig.client.part('crash', `${dead}.${part}`)))
    const deadMs = Date.now()
    const tookMs: number[] = []
    let failed = ''
    for (let i = 0; i < 10 && !failed; i++) {
      try {
        const { position, fromMs } = await persistently(() =>
          flips.flip(other, 'presence', i % 2 === 0 ? 'omit' : 'full'),
        )
        if (i === 0)
          figures.push(told(`base and MySQL of ${dead} dead: until the first flip was taken`, fromMs - deadMs, 'ms'))
        tookMs.push((await flips.everywhere('presence', position)) - fromMs)
      } catch (error) {
        failed = codeOf(error)
        say(`${other} cannot flip: ${failed}`)
      }
    }
    for (const part of ['mysql', 'base-1']) await rig.client.part('start', `${dead}.${part}`)
    await rig.client.healed()
    const name = `base and MySQL of ${dead} dead: flips made through ${other}, of 10`
    figures.push(atLeast(name, tookMs.length, '', 10))
    if (tookMs.length > 0) figures.push(told(`${name}: slowest to its last receipt`, Math.max(...tookMs), 'ms'))
  }
  await flips.flip('dc-a', 'presence', 'auto')
  return figures
}

/** As an operator does who is told that nobody can write right now: again, for as long as a new writer may take. */
async function persistently<T>(flip: () => Promise<T>): Promise<T & { fromMs: number }> {
  for (const untilMs = Date.now() + newWriterWithinMs; ; ) {
    const fromMs = Date.now()
    try {
      return { ...(await flip()), fromMs }
    } catch (error) {
      if (codeOf(error) !== 'DATABASE_READ_ONLY' || Date.now() > untilMs) throw error
    }
  }
}

/** Two operators who have seen the same, through different data centres. */
async function raced(flips: Flips, say: (line: string) => void): Promise<Figure[]> {
  say(`${racesCount} times two operators flip at once`)
  let right = 0
  for (let i = 0; i < racesCount; i++) {
    const expectedRev = await flips.rev('dc-a', 'stats')
    const both = await Promise.allSettled([
      flips.flip('dc-a', 'stats', 'cached', { expectedRev }),
      flips.flip('dc-b', 'stats', 'omit', { expectedRev }),
    ])
    const codes = both.map((each) => (each.status === 'fulfilled' ? 'done' : codeOf(each.reason))).sort()
    if (codes.join() === 'STALE_VERSION,done') right++
    else say(`race ${i}: ${codes.join(', ')}`)
  }
  return [
    atLeast(`races of two operators in which one won and one was told 409, of ${racesCount}`, right, '', racesCount),
  ]
}

/** The base process that writes a flip is killed at any moment of it. Afterwards truth, audit and processes have to agree. */
async function killed(rig: Rig, flips: Flips, say: (line: string) => void): Promise<Figure[]> {
  say(`${killsCount} times the base process that is writing a flip is killed`)
  const states = ['cached', 'static', 'omit'] as const
  const auditOf = async (page: number, dc = 'dc-b') =>
    (await flips.ops(dc).fleet.audit({ query: { target: 'switch:stats', page, pageSize: 100 } })).data
  const before = (await auditOf(1)).total
  let acknowledged = 0
  let wrong = 0
  for (let i = 0; i < killsCount; i++) {
    const dc = i % 2 === 0 ? 'dc-a' : 'dc-b'
    const other = dc === 'dc-a' ? 'dc-b' : 'dc-a'
    const expectedRev = await flips.rev(other, 'stats')
    const state = states[i % states.length] ?? 'cached'
    const flipping = flips.flip(dc, 'stats', state, { expectedRev }).then(
      ({ position }) => position,
      () => undefined,
    )
    // A flip of a base that has just started takes some hundred milliseconds, most of them before it is stored.
    await pause((i * 37) % 200)
    await rig.client.part('kill', `${dc}.base-1`)
    const position = await flipping
    // At once, and not after the pause its supervisor makes when a process dies again and again.
    await rig.client.part('start', `${dc}.base-1`)
    if (i % 20 === 19) say(`${i + 1} times`)
    if (position !== undefined) acknowledged++
    const now = await settled(flips, other)
    const [newest] = (await auditOf(1, other)).items
    const after = newest?.after as { state?: string } | null
    const made = now.rev !== expectedRev
    // What was acknowledged is there; what is there is in the audit as it is; and every process is on it.
    const agree =
      (position === undefined || made) &&
      (!made || (now.state === state && after?.state === state)) &&
      now.rungs.every((rung) => rung === now.state)
    if (!agree) {
      wrong++
      say(`kill ${i}: ${JSON.stringify({ position, made, state, now, audited: after })}`)
    }
    const readyz = `${rig.status.dcs.find(({ id }) => id === dc)?.base[0]}/readyz`
    const ready = () =>
      fetch(readyz).then(
        ({ ok }) => ok,
        () => false,
      )
    await until(ready, `base of ${dc} does not come back`, 30_000, 50)
  }
  const done = (await auditOf(1)).total - before
  const revisions = await revisionsOf(auditOf, done)
  return [
    told(`kills after which the flip had been made, of ${killsCount}`, done, ''),
    told('of them acknowledged', acknowledged, ''),
    atMost('kills after which state, audit and processes did not agree', wrong, '', 0),
    atMost('audit rows of these flips that are there twice', done - revisions, '', 0),
  ]
}

/** Different moments at which the newest `count` rows were written: a row that is there twice has one with another. */
async function revisionsOf(auditOf: (page: number) => Promise<{ items: { id: number; at: string }[] }>, count: number) {
  const rows = (await Promise.all([1, 2].map((page) => auditOf(page)))).flatMap(({ items }) => items).slice(0, count)
  return new Set(rows.map(({ at }) => at)).size
}

/** What stands after a kill, once every process has applied it. */
async function settled(flips: Flips, dc: string) {
  const { data } = await flips.ops(dc).switches.list({})
  const item = data.switches.find(({ key }) => key === 'stats')
  const rev = item?.rev ?? 0
  await flips.everywhere('stats', rev)
  const rungs = (await flips.applied('stats')).map(({ rung }) => rung)
  return { rev, state: item?.orders[0]?.state, rungs }
}

/** Everything that orders come from is dead: what was ordered last holds, in processes that start now too. */
async function withoutControl(rig: Rig, flips: Flips, say: (line: string) => void): Promise<Figure[]> {
  const { position } = await flips.flip('dc-a', 'stats', 'omit')
  await flips.everywhere('stats', position)
  say('base, MySQL and Redis of both data centres are dead')
  const dead = rig.status.dcs.flatMap(({ id }) => [`${id}.base-1`, `${id}.mysql`, `${id}.redis`])
  for (const part of dead) await rig.client.part('stop', part)
  await pause(2_000)
  const holding = async () => (await flips.heard('stats')).filter(({ rung }) => rung === 'omit').length
  const held = await holding()
  say('and every access and application process is killed')
  for (const { process } of flips.places) await rig.client.part('kill', process)
  let back = 0
  const all = async () => {
    back = await holding()
    return back === flips.places.length
  }
  await until(all, () => `only ${back} processes came back on the rung`, 60_000, 200).catch((error: Error) =>
    say(error.message),
  )
  for (const part of dead.toReversed()) await rig.client.part('start', part)
  await rig.client.healed(120_000)
  await flips.flip('dc-a', 'stats', 'auto')
  const total = flips.places.length
  return [
    atLeast('without any control plane: processes still on the rung', held, '', total),
    atLeast('without any control plane: killed processes that started on the rung', back, '', total),
  ]
}
