import { Redis } from 'ioredis'
import { type LimitContenderName, limitContenders } from './limit/contenders.js'
import { fleet, processes, type Totals } from './limit/fleet.js'
import type { BenchRedis, Figure } from './report.js'

const rate = 20_000
const burst = 20_000
const job = { rate, burst, waitMaxMs: 100, waitersMax: 1_000, underWayMax: 128, waits: false }
/** Five times what is allowed. */
const offered = { requests: 1_000_000, perS: 100_000 }
const outage = { requests: 500_000, perS: 50_000 }
/** The second in which the kill falls and in which processes find out does not count. */
const noticeMs = 1_000

/** One limit in eight processes under a million requests, beside the peers; then the budget dies midway. */
export async function limitBench(redis: BenchRedis, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const contender of Object.keys(limitContenders) as LimitContenderName[]) {
    say(`${contender}: ${offered.requests} requests`)
    const before = await redisCpuUs(redis.port)
    const { all } = await fleet({ ...job, ...offered, port: redis.port, contender })
    figures.push(...figuresOf(contender, all, (await redisCpuUs(redis.port)) - before))
  }
  say('gala, its Redis killed midway')
  return [...figures, ...(await killedMidway(redis))]
}

function figuresOf(contender: LimitContenderName, all: Totals, redisUs: number): Figure[] {
  const { admitted, refused, failed, durationS, trips, cpuUs } = all
  const bound = Math.floor(burst + rate * durationS)
  const decisions = admitted + refused
  const ours = contender === 'gala'
  const told = ours ? {} : { peer: contender }
  const perRequest = round(trips / decisions, 4)
  return [
    // Peers are measured, not judged: what they admit beyond the bound is in the figure.
    {
      name: `admitted: ${contender}`,
      value: admitted,
      unit: '',
      bound,
      ...(ours && { ok: admitted <= bound }),
      ...told,
    },
    { name: `admitted of the bound: ${contender}`, value: round((admitted / bound) * 100, 1), unit: '%', ...told },
    {
      name: `Redis trips per request: ${contender}`,
      value: perRequest,
      unit: '',
      ...(ours && { bound: 0.02, ok: perRequest <= 0.02 }),
      ...told,
    },
    { name: `CPU per decision: ${contender}`, value: round(cpuUs / decisions, 2), unit: 'µs', ...told },
    { name: `CPU of Redis per decision: ${contender}`, value: round(redisUs / decisions, 2), unit: 'µs', ...told },
    { name: `time: ${contender}`, value: round(durationS, 1), unit: 's', ...told },
    ...(ours
      ? [
          {
            name: 'not answered: gala',
            value: offered.requests - decisions,
            unit: '',
            bound: 0,
            ok: failed === 0 && decisions === offered.requests,
          },
        ]
      : []),
  ]
}

async function killedMidway(redis: BenchRedis): Promise<Figure[]> {
  let killedMs = 0
  const { all } = await fleet({ ...job, ...outage, port: redis.port, contender: 'gala' }, () => {
    killedMs = Date.now()
    redis.kill()
  })
  const bound = Math.floor(burst + rate * all.durationS)
  const aloneMs = all.endedMs - killedMs - noticeMs
  const alone = all.tenths
    .filter(([tenth]) => tenth * 100 >= killedMs + noticeMs)
    .reduce((sum, [, count]) => sum + count, 0)
  const portions = Math.floor((rate * aloneMs) / 1_000 + processes)
  return [
    { name: 'admitted, Redis killed midway', value: all.admitted, unit: '', bound, ok: all.admitted <= bound },
    { name: 'admitted by processes alone', value: alone, unit: '', bound: portions, ok: alone <= portions },
    {
      name: 'spent of their portions',
      value: round((alone / portions) * 100, 1),
      unit: '%',
      bound: 90,
      ok: alone >= 0.9 * portions,
    },
    {
      name: 'not answered, Redis killed midway',
      value: outage.requests - all.admitted - all.refused,
      unit: '',
      bound: 0,
      ok: all.admitted + all.refused === outage.requests,
    },
  ]
}

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits

async function redisCpuUs(port: number): Promise<number> {
  const redis = new Redis(port, '127.0.0.1')
  const info = await redis.info('cpu')
  redis.disconnect()
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0)
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}
