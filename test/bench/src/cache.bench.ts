import { Redis } from 'ioredis'
import {
  bentocache,
  type Contender,
  cacheable,
  cacheManager,
  gala,
  lruCache,
  type RedisAddress,
  type Row,
} from './contenders.js'
import type { Figure } from './report.js'

const keysCount = 1_000
const readsPerRound = 200_000
const rounds = 11
/** Reads of the second part, and how many of them stand between two invalidations. */
const mixedReads = 20_000
const readsPerInvalidation = 200

const keys = Array.from({ length: keysCount }, (_, i) => `event:spring-gala-${i}`)
const load = async (): Promise<Row> => ({ id: 'spring-gala', title: 'Dawn over Rivers and Hills', version: 1 })
const open = { 'lru-cache': lruCache, gala, bentocache, cacheable, 'cache-manager': cacheManager }

/** What a hit in memory costs, and what a thousand reads cost Redis; all side by side in one run. */
export async function cacheBench(address: RedisAddress, say: (line: string) => void): Promise<Figure[]> {
  const contenders = new Map<string, Contender>()
  for (const [name, make] of Object.entries(open)) contenders.set(name, await make(address))
  const hits = await hitCosts(contenders, say)
  const commands = await redisCommands(contenders, address)
  for (const contender of contenders.values()) await contender.close()
  return [...figuresOf(hits), ...commands]
}

/** Rounds of all contenders by turns, so that a noisy neighbour strikes them alike. In ns per read. */
async function hitCosts(contenders: ReadonlyMap<string, Contender>, say: (line: string) => void) {
  const costs = new Map<string, number[]>()
  const note = (name: string, ns: number) => costs.set(name, [...(costs.get(name) ?? []), ns])
  for (const contender of contenders.values()) for (const key of keys) await contender.read(key, load)
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    for (const [name, contender] of contenders) {
      await contender.ready?.()
      if (contender.hit) note(`${name} (at once)`, timed(contender.hit))
      note(name, await timedReads(contender))
    }
  }
  return costs
}

function timed(hit: (key: string) => Row | undefined): number {
  let missed = 0
  const startedMs = performance.now()
  for (let i = 0; i < readsPerRound; i++) if (!hit(keys[i % keysCount] as string)) missed++
  const ns = ((performance.now() - startedMs) * 1e6) / readsPerRound
  if (missed > readsPerRound / 100) throw new Error(`${missed} of ${readsPerRound} were no hits`)
  return ns
}

async function timedReads({ read }: Contender): Promise<number> {
  const startedMs = performance.now()
  for (let i = 0; i < readsPerRound; i++) await read(keys[i % keysCount] as string, load)
  return ((performance.now() - startedMs) * 1e6) / readsPerRound
}

function figuresOf(costs: ReadonlyMap<string, number[]>): Figure[] {
  const median = (name: string) => costs.get(name)?.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  const figures = [...costs.keys()].map((name): Figure => {
    const all = costs.get(name)?.map(Math.round) ?? []
    const value = Math.round(median(name))
    return { name: `hit: ${name}`, value, unit: 'ns', range: [Math.min(...all), Math.max(...all)], ...peer(name) }
  })
  const ratio = Math.round((median('gala (at once)') / median('lru-cache (at once)')) * 100) / 100
  const cheapest = Math.min(...['bentocache', 'cacheable', 'cache-manager'].map(median))
  const against = Math.round((median('gala') / cheapest) * 100) / 100
  return [
    ...figures,
    { name: 'hit at once: gala to bare lru-cache', value: ratio, unit: '×', bound: 2, ok: ratio <= 2 },
    { name: 'hit: gala to the cheapest two-level peer', value: against, unit: '×', bound: 1, ok: against < 1 },
  ]
}

/** Mostly hits, now and then an invalidation: how many commands that sends to Redis, a script being one. */
async function redisCommands(
  contenders: ReadonlyMap<string, Contender>,
  { host, port }: RedisAddress,
): Promise<Figure[]> {
  const redis = new Redis(port, host)
  // Protocol 2: in 3 the client takes what MONITOR tells for answers.
  const monitor = await new Redis(port, host, { protocol: 2 }).monitor()
  let sent = 0
  monitor.on('monitor', (_time: string, _args: string[], source: string) => source !== 'lua' && sent++)
  const figures: Figure[] = []
  for (const [name, contender] of contenders) {
    if (name === 'lru-cache') continue
    await contender.ready?.()
    const before = sent
    for (let i = 0; i < mixedReads; i++) {
      const key = keys[(i * 7919) % keysCount] as string
      await contender.read(key, load)
      if (i % readsPerInvalidation === 0) await contender.invalidate(key)
    }
    // What was sent before this marker has been told when the marker is.
    const told = new Promise<void>((done) => {
      monitor.on('monitor', (_time: string, args: string[]) => args[1] === name && done())
    })
    await redis.call('ECHO', name)
    await told
    const value = Math.round(((sent - before - 1) / mixedReads) * 10_000) / 10
    figures.push({ name: `Redis commands per 1,000 reads: ${name}`, value, unit: '', ...peer(name) })
  }
  monitor.disconnect()
  redis.disconnect()
  return figures
}

const peer = (name: string) => (name.startsWith('gala') ? {} : { peer: name.replace(' (at once)', '') })
