import type { OpsClient } from '@gala/sdk'
import { Pool } from 'undici'
import { pause } from '../faults.js'
import { atMost, type Figure, quantile, told } from '../report.js'
import type { Rig } from '../rig.js'
import { minuteOf } from './balance.js'
import { asWriter } from './books.js'

const ratePerS = 200
const lookEveryMs = 250
const boundS = 15
const givenUpMs = 60_000
/** Its end, what is waited for, and room for a machine that is busy. */
const closedWithinMs = 180_000

/** Requests at a steady pace to a platform in health: from each answer to the wall that counts it; then both links over the same minutes. */
export async function freshness(rig: Rig, base: OpsClient, event: string, seconds: number): Promise<Figure[]> {
  const fromMs = minuteOf(Date.now())
  const askedMs: number[] = []
  const ended = asked(rig, event, seconds, askedMs)
  let over = false
  void ended.finally(() => {
    over = true
  })
  const lags: number[] = []
  let lastMs = Date.now()
  while (!over || lags.length < askedMs.length) {
    const { panes } = (await base.pipeline.wall({ query: { event, minutes: 15, step: '10' } })).data
    const counted = panes.reduce((sum, { requests }) => sum + requests, 0)
    const nowMs = Date.now()
    if (counted > lags.length || !over) lastMs = nowMs
    // The lines of an edge are in their order, and those of both edges nearly so.
    while (lags.length < Math.min(counted, askedMs.length)) lags.push(nowMs - (askedMs[lags.length] ?? 0))
    if (nowMs - lastMs > givenUpMs) break
    await pause(lookEveryMs)
  }
  await ended
  const { apart, all } = await apartBetween(rig, event, fromMs, askedMs.length)
  return [
    told('in health: requests', askedMs.length, ''),
    atMost('in health: requests the wall does not count', askedMs.length - lags.length, '', 0),
    told('from request to wall, p50', quantile(lags, 0.5) / 1_000, 's'),
    atMost('from request to wall, p99', quantile(lags, 0.99) / 1_000, 's', boundS),
    told('from request to wall, longest', Math.max(...lags) / 1_000, 's'),
    atMost('stream against batch in health, of all', apart / Math.max(1, all), '', 5e-6),
  ]
}

async function asked(rig: Rig, event: string, seconds: number, askedMs: number[]): Promise<void> {
  const pools = rig.status.dcs.map(({ edge }) => new Pool(edge, { connections: 8 }))
  const startedMs = performance.now()
  const running = new Set<Promise<void>>()
  for (let n = 0; n < seconds * ratePerS; n++) {
    const inMs = startedMs + (n * 1_000) / ratePerS - performance.now()
    if (inMs > 1) await pause(inMs)
    askedMs.push(Date.now())
    const pool = pools[n % pools.length] as Pool
    const one = pool
      .request({ method: 'GET', path: `/v1/events/${event}` })
      .then(({ body }) => body.dump())
      .then(() => void running.delete(one))
    running.add(one)
  }
  await Promise.all(running)
  await Promise.all(pools.map((pool) => pool.close()))
}

/** Once the lake has all that was asked, or does not get it any more. */
async function apartBetween(rig: Rig, event: string, fromMs: number, all: number) {
  const deadlineMs = performance.now() + closedWithinMs
  for (;;) {
    const rows = (await asWriter(
      rig,
      `SELECT dc, link, start_ms - start_ms MOD 60000 AS minute, SUM(requests) AS requests FROM gala.pane
       WHERE event = '${event}' AND start_ms >= ${fromMs} GROUP BY dc, link, minute`,
    )) as { dc: string; link: string; minute: string; requests: string }[]
    const counts = new Map(rows.map(({ dc, link, minute, requests }) => [`${dc} ${minute} ${link}`, Number(requests)]))
    let [apart, landed] = [0, 0]
    for (const key of new Set(rows.map(({ dc, minute }) => `${dc} ${minute}`))) {
      const [stream = 0, batch = 0] = [counts.get(`${key} stream`), counts.get(`${key} batch`)]
      apart += Math.abs(stream - batch)
      landed += batch
    }
    if ((apart === 0 && landed === all) || performance.now() > deadlineMs) return { apart, all }
    await pause(500)
  }
}
