import { until } from '@gala/platform'
import { atMost, type Figure, quantile, told } from '../report.js'
import type { Rig } from '../rig.js'
import { Crowd } from './crowd.js'
import { edgesOf, everythingSeen, pause, room, tellLost, tellTrouble } from './parts.js'
import type { Return } from './plan.js'
import { Senders } from './senders.js'

/** As many as two cores take with everything else on them. */
const viewersMax = 5_000
/** So few that nothing is left out: then every message has to be there. */
const ratePerS = 2
const quietMs = 5_000
const resumedWithinMs = 60_000
const resumedPart = 0.99
const promisedMs = 15_000
const promisedConnectsPerS = 2_000

/** One process sends its viewers away because it stops, and one dies without a word. */
export async function storm(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const viewers = rig.viewers ?? viewersMax
  const urls = edgesOf(rig)
  say(`${viewers} viewers come`)
  const crowd = await Crowd.of({ room, urls, viewers, firstAddress: 0, slow: 0, connectPerS: 500, seed: 2 })
  const plan = { room, urls, name: 'storm', count: 40, ratePerS, giftPart: 0.2, characters: 40 }
  const talk = await Senders.of(rig, plan)
  try {
    await pause(quietMs)
    const drained = await broken('drained', 'restart', 'dc-a.access-1')
    await pause(quietMs)
    const killed = await broken('killed -9', 'kill', 'dc-a.access-2')
    await pause(quietMs)
    await talk.stop()
    tellTrouble('senders', talk.why, say)
    await everythingSeen()
    const { healthy, welcomesPerS } = await crowd.judge(talk.accepted)
    tellTrouble('viewers', crowd.why, say)
    tellLost(healthy, say)
    const name = (what: string) => `storm: ${what}`
    return [
      told(name('viewers'), viewers, ''),
      ...drained,
      ...killed,
      atMost(name('connects a second at most'), Math.max(...Object.values(welcomesPerS)), '/s', promisedConnectsPerS),
      told(name('messages held against a viewer'), (healthy.expectedChat + healthy.expectedGifts) / viewers, ''),
      atMost(name('gifts lost'), healthy.giftsLost, '', 0),
      atMost(name('chat lost'), healthy.chatLost, '', 0),
      atMost(name('shown twice'), healthy.twice, '', 0),
      atMost(name('shown out of order'), healthy.disorder, '', 0),
      atMost(name('told that something is gone'), healthy.gaps, '', 0),
    ]
  } finally {
    await talk.stop()
    crowd.end()
  }

  async function broken(how: string, action: 'restart' | 'kill', part: string): Promise<Figure[]> {
    const instances = await crowd.mark()
    const theirs = instances[part] ?? 0
    say(`${part} is ${how} with ${theirs} viewers; ${JSON.stringify(instances)}`)
    if (theirs === 0) throw new Error(`nobody is at ${part}: ${JSON.stringify(instances)}`)
    const atMs = Date.now()
    await rig.client.part(action, part)
    const back = async () => returnsFrom(await crowd.judge([]), part).length >= theirs * resumedPart
    const seconds = resumedWithinMs / 1_000
    await until(back, `not all are back after ${seconds} s`, resumedWithinMs, 500).catch((error: Error) =>
      say(error.message),
    )
    const returns = returnsFrom(await crowd.judge([]), part)
    const name = (what: string) => `storm: ${how}: ${what}`
    const missing = theirs - returns.length
    // Whoever is not back has not come at all.
    const times = [
      ...returns.map(({ backAtMs }) => backAtMs - atMs),
      ...Array(Math.max(0, missing)).fill(resumedWithinMs),
    ]
    return [
      told(name('viewers it had'), theirs, ''),
      atMost(name('99 % are back after'), quantile(times, resumedPart), 'ms', promisedMs),
      told(name('without a link, p50'), quantile(returns.map(gapMs), 0.5), 'ms'),
      told(name('without a link, p99'), quantile(returns.map(gapMs), 0.99), 'ms'),
      told(
        name('of these, in the other data centre'),
        part_(returns, ({ to }) => !to.startsWith('dc-a')),
        '%',
      ),
    ]
  }
}

const returnsFrom = ({ returns }: { returns: readonly Return[] }, part: string) =>
  returns.filter(({ from }) => from === part)
const gapMs = ({ leftAtMs, backAtMs }: Return) => backAtMs - leftAtMs
const part_ = (returns: readonly Return[], which: (one: Return) => boolean) =>
  (100 * returns.filter(which).length) / Math.max(1, returns.length)
