import { Audience, goodAfterMs } from './audience.js'
import { bringBack, killWhole, moveWriter } from './data-centre-loss.js'
import { Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { heldAgainst, likesHeldAgainst, likesOf } from './held-against.js'
import { atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { longestGapMs, Writer } from './writers.js'

/** One way, as between two sites of a city and between two cities. */
const delaysMs = [1, 30]
const ratePerS = 120
const eventsCount = 40
/** Long enough that what a loss sets going has come to its end. */
const aliveMs = 4_000
const goneMs = 12_000
const followsWithinMs = 60_000
/** What has just started is not what it is in health. */
const warmMs = 10_000

export const dcLossDrill: Drill = {
  about:
    'every part of a data centre killed at once under load, and brought back: what failed, what was lost, how long',
  sizes: {},
  links: { delayMs: delaysMs[0] ?? 1 },
  run: async (rig, say) => {
    const events = await writeEvents(rig, 'loss', eventsCount)
    say('warming up')
    const warm = new Audience(
      rig.status.dcs.map(({ edge }) => edge),
      events,
      ratePerS,
    )
    await pause(warmMs)
    await warm.stop()
    const figures: Figure[] = []
    for (const delayMs of delaysMs) {
      await rig.client.link('dc-a', 'dc-b').delay(delayMs)
      for (const dc of ['dc-a', 'dc-b']) figures.push(...(await lose(rig, dc, delayMs, events, say)))
    }
    return figures
  },
}

/** Kills a data centre, goes on without it, brings it back and gives it back what it had. */
async function lose(rig: Rig, dc: string, delayMs: number, events: string[], say: (line: string) => void) {
  const name = (what: string) => `${dc} lost, ${delayMs} ms: ${what}`
  const { dcs } = await rig.client.status()
  const ledger = new Ledger()
  const likesBefore = await likesOf(rig, events)
  const audience = new Audience(
    dcs.map(({ edge }) => edge),
    events,
    ratePerS,
  )
  const admin = await rig.client.token('admin', 3_600, 'drill')
  const bases = dcs.map(({ base }) => operator(base[0] ?? '', admin))
  const writers = bases.map((_, i) => new Writer(`loss-writer-${dc}-${delayMs}-${i}`, bases, ledger, i))
  await pause(aliveMs)

  const lostMs = performance.now()
  say(`${dc} is killed, ${delayMs} ms between the data centres`)
  await killWhole(rig, dc)
  const killedMs = performance.now()
  await pause(goneMs)
  const gone = audience.told.filter(({ atMs, tookMs }) => atMs + tookMs >= lostMs)
  const badReads = gone.filter(({ kind, outcome }) => kind === 'read' && outcome === 'bad')
  const inFlight = badReads.filter(({ atMs }) => atMs < killedMs)
  const silentMs = longestGapMs(writers, lostMs, performance.now())
  for (const { code, moved } of badReads.slice(0, 5)) say(`a read failed: ${code}${moved ? ', moved' : ''}`)

  say(`${dc} comes back`)
  const backMs = performance.now()
  const base = bases[dc === 'dc-a' ? 1 : 0] as (typeof bases)[number]
  await bringBack(rig, dc, base, followsWithinMs)
  const followedMs = performance.now()
  let handedMs = 0
  let handedReadOnlyMs = 0
  if ((await base.datacentres.board({})).data.writer.dc !== 'dc-a') {
    say('the writer is moved back')
    const fromMs = performance.now()
    handedReadOnlyMs = await moveWriter(base, 'dc-a', 'drill: fail-back')
    await pause(2_000)
    handedMs = longestGapMs(writers, fromMs, performance.now())
  }
  await pause(2_000)
  for (const each of writers) await each.stop()
  await audience.stop()
  const back = audience.told.filter(({ atMs, kind }) => kind === 'read' && atMs >= backMs)
  const { lost, twice } = await heldAgainst(rig, writers)
  const likes = await likesHeldAgainst(rig, audience, likesBefore)
  return [
    told(name('requests'), audience.told.length, ''),
    told(name('asked the other edge'), audience.told.filter(({ moved }) => moved).length, ''),
    atMost(name('99 % of answers good again after'), goodAfterMs(gone, lostMs, 0.99), 'ms', 5_000),
    atMost(name('reads that failed, beyond those under way'), badReads.length - inFlight.length, '', 0),
    told(name('reads that failed, under way when it was killed'), inFlight.length, ''),
    told(name('answers degraded while it was gone'), gone.filter(({ outcome }) => outcome === 'degraded').length, ''),
    atMost(name('nobody could write for'), silentMs, 'ms', 5_000),
    told(name('writes acknowledged'), ledger.count, ''),
    told(name('writes made that nobody was told of'), sum(writers.map(({ unseen }) => unseen)), ''),
    atMost(name('acknowledged writes lost'), lost, '', 0),
    atMost(name('writes made twice'), twice, '', 0),
    atMost(name('acknowledged likes lost'), likes.lost, '', 0),
    atMost(name('likes counted twice'), likes.twice, '', 0),
    told(name('back: until it had everything'), followedMs - backMs, 'ms'),
    atMost(name('back: reads that failed'), back.filter(({ outcome }) => outcome === 'bad').length, '', 0),
    atMost(name('back: nobody could write for'), handedMs, 'ms', 2_000),
    told(name('back: read only by its own account'), handedReadOnlyMs, 'ms'),
  ]
}

const sum = (values: readonly number[]) => values.reduce((all, each) => all + each, 0)
