import { until } from '@gala/platform'
import { writeEvents } from './edits.js'
import { pause } from './faults.js'
import { Flips } from './flips.js'
import { generate } from './load.js'
import { atLeast, atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'

/** So many that nearly every question has to be asked of the application. */
const eventsCount = 300
const ratePerS = 120
const rule = 'breaker-application'
/** From the moment the application is slow in both data centres to the last access process on the rung. */
const raiseBoundMs = 3_000
const lowerWithinMs = 60_000
/** Once up, once down. */
const transitionsMax = 2
const illForMs = 8_000
/** As long as a relapse would need to show. */
const calmMs = 10_000

export const rulesDrill: Drill = {
  about: 'the application is slow in both data centres: rules raise what can wait, and lower it when it is well again',
  sizes: {},
  proxied: true,
  rules: 'on',
  run: rules,
}

async function rules(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const flips = await Flips.of(rig)
  const access = flips.places.filter(({ process }) => process.includes('.access-'))
  const raised = async () =>
    (await Promise.all(access.map(({ url }) => sourceOf(url)))).filter((source) => source === 'automatic').length
  const events = await writeEvents(rig, 'rules', eventsCount)
  return await underLoad(rig, events, async () => {
    await pause(3_000)
    say('the application is slow in both data centres')
    const from = await auditSize(flips)
    const raisedMs = await whileSlow(rig, async (fromMs) => {
      await until(async () => (await raised()) === access.length, 'no rule raises anything', 30_000, 50)
      const tookMs = performance.now() - fromMs
      await pause(illForMs)
      return tookMs
    })
    say(`raised after ${Math.round(raisedMs)} ms; it is well again`)
    const wellMs = performance.now()
    await until(async () => (await raised()) === 0, 'nothing is lowered', lowerWithinMs, 50)
    const loweredMs = performance.now() - wellMs
    await pause(calmMs)
    const transitions = await acts(flips, from)
    say(`lowered after ${Math.round(loweredMs)} ms; now as a dry run`)
    await dryRun(flips)
    const dryFrom = await auditSize(flips)
    let most = 0
    await whileSlow(rig, async () => {
      for (const endMs = performance.now() + illForMs; performance.now() < endMs; await pause(200)) {
        most = Math.max(most, await raised())
      }
    })
    const recorded = await acts(flips, dryFrom)
    return [
      atMost('slow application to the rung in every access process', raisedMs, 'ms', raiseBoundMs),
      told('well again to full in every access process', loweredMs, 'ms'),
      atMost('times it was raised or lowered, in each data centre', transitions / 2, '', transitionsMax),
      atMost('dry run: access processes on the rung', most, '', 0),
      atLeast('dry run: records of what would have been done', recorded, '', 1),
    ]
  })
}

/** By whose word counts are on the rung they are on. */
async function sourceOf(url: string): Promise<string | undefined> {
  const reply = await fetch(`${url}/resiliencez`, { signal: AbortSignal.timeout(2_000) })
  const { switches } = (await reply.json()) as { switches: { key: string; source: string }[] }
  return switches.find(({ key }) => key === 'stats')?.source
}

async function whileSlow<T>({ proxies }: Rig, work: (fromMs: number) => Promise<T>): Promise<T> {
  const become = (mode: 'slow' | 'pass') => Promise.all(proxies.map((proxy) => proxy.become(mode)))
  await become('slow')
  try {
    return await work(performance.now())
  } finally {
    await become('pass')
  }
}

async function dryRun(flips: Flips) {
  const ops = flips.ops('dc-a')
  const { items } = (await ops.rules.list({})).data
  const expectedRev = items.find(({ id }) => id === rule)?.rev ?? 0
  const body = { mode: 'dry-run' as const, reason: 'drill: only look', expectedRev }
  await ops.rules.set({ params: { id: rule }, body })
  await pause(3_000)
}

const auditPage = async (flips: Flips) =>
  (await flips.ops('dc-a').fleet.audit({ query: { target: `rule:${rule}`, pageSize: 100 } })).data
const auditSize = async (flips: Flips) => (await auditPage(flips)).total

/** Records the rule has left since there were `from`, those of operators aside. */
async function acts(flips: Flips, from: number): Promise<number> {
  const { items, total } = await auditPage(flips)
  return items.slice(0, total - from).filter(({ actor }) => actor === `rule:${rule}`).length
}

async function underLoad<T>(rig: Rig, events: string[], work: () => Promise<T>): Promise<T> {
  let going = true
  const shared = { connections: 64, pages: 1, events, durationMs: 2_000, seed: 3 }
  const sorts = ['bootstrap', 'stats'].map((path) => ({
    ...{ criticality: 'critical' as const, method: 'GET' as const, path: `/v1/events/:event/${path}`, share: 0.5 },
  }))
  const asking = rig.status.dcs.map(async ({ access }) => {
    while (going) await generate({ ...shared, sorts, url: access[0] ?? '', ratePerS: ratePerS / 2 }, 1)
  })
  try {
    return await work()
  } finally {
    going = false
    await Promise.all(asking)
  }
}
