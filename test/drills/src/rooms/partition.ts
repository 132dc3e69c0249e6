import { until } from '@gala/platform'
import { atLeast, atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { Crowd } from './crowd.js'
import { everythingSeen, pause, room, tellLost, tellTrouble } from './parts.js'
import type { Judged } from './plan.js'
import { Senders } from './senders.js'

const viewersPerDc = 100
const ratePerS = 30
/** Chat stays below what a small room shows, so that what matters here is not hidden by what is left out. */
const giftPart = 0.5
const cutMs = 30_000
const aliveMs = 5_000
const healedWithinMs = 30_000

/** The data centres do not reach each other, and on both sides people go on giving. */
export async function partition(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const { dcs } = rig.status
  // At access itself: who connects at an edge may be sent to the other data centre.
  const crowds = await Promise.all(
    dcs.map(({ edge }, i) =>
      Crowd.of({
        room,
        urls: [edge],
        viewers: viewersPerDc,
        firstAddress: i * viewersPerDc,
        slow: 0,
        connectPerS: 100,
        seed: 10 + i,
      }),
    ),
  )
  const talks = await Promise.all(
    dcs.map(({ edge, id }) =>
      Senders.of(rig, { room, urls: [edge], name: `cut-${id}`, count: 40, ratePerS, giftPart, characters: 40 }),
    ),
  )
  try {
    await pause(aliveMs)
    const before = talks.map(({ accepted }) => accepted.length)
    say(`the link is cut for ${cutMs / 1_000} s`)
    await rig.client.link('dc-a', 'dc-b').cut()
    await pause(cutMs)
    const during = talks.map(({ accepted }, i) => accepted.length - (before[i] ?? 0))
    await rig.client.link('dc-a', 'dc-b').mend()
    const mendedMs = performance.now()
    say(`mended; accepted meanwhile: ${during.join(' and ')}`)
    await pause(aliveMs)
    for (const talk of talks) await talk.stop()
    const accepted = talks.flatMap((talk) => talk.accepted)
    let judged: Judged[] = []
    const healed = async () => {
      judged = await Promise.all(crowds.map((crowd) => crowd.judge(accepted)))
      const gifts = accepted.filter(({ type }) => type === 'gift').length
      const seen = judged.map(({ healthy }) => healthy.expectedGifts - healthy.giftsLost)
      // Counted from where each began, which is before the first was sent.
      return seen.every((count) => count >= gifts * viewersPerDc)
    }
    await until(healed, 'not everybody has every gift', healedWithinMs, 500).catch((error: Error) => say(error.message))
    const healedMs = performance.now() - mendedMs
    await everythingSeen()
    judged = await Promise.all(crowds.map((crowd) => crowd.judge(accepted)))
    for (const [i, talk] of talks.entries()) tellTrouble(`senders of ${dcs[i]?.id}`, talk.why, say)
    for (const [i, crowd] of crowds.entries()) tellTrouble(`viewers of ${dcs[i]?.id}`, crowd.why, say)
    for (const { healthy } of judged) tellLost(healthy, say)
    return figures(judged, accepted.filter(({ type }) => type === 'gift').length, during, healedMs)
  } finally {
    for (const talk of talks) await talk.stop()
    for (const crowd of crowds) crowd.end()
    await rig.client.link('dc-a', 'dc-b').mend()
  }
}

function figures(judged: readonly Judged[], gifts: number, during: readonly number[], healedMs: number): Figure[] {
  const name = (what: string) => `partition: ${what}`
  const sum = (of: (one: Judged) => number) => judged.reduce((all, one) => all + of(one), 0)
  const viewers = viewersPerDc * judged.length
  const missing = gifts * viewers - sum(({ healthy }) => healthy.expectedGifts - healthy.giftsLost)
  return [
    ...during.map((count, i) => atLeast(name(`accepted in data centre ${i + 1} while cut off`), count, '', 1)),
    told(name('gifts given, both sides'), gifts, ''),
    atMost(name('gifts missing after it healed, all viewers of both sides together'), missing, '', 0),
    atMost(
      name('shown out of the order of their sender'),
      sum(({ healthy }) => healthy.disorder),
      '',
      0,
    ),
    atMost(
      name('shown twice'),
      sum(({ healthy }) => healthy.twice),
      '',
      0,
    ),
    atMost(
      name('chat neither seen nor told as left out'),
      sum(({ healthy }) => healthy.chatLost),
      '',
      0,
    ),
    atMost(
      name('viewers cut off'),
      sum(({ healthyCut }) => healthyCut),
      '',
      0,
    ),
    atMost(name('from mending until everybody has every gift'), healedMs, 'ms', healedWithinMs),
  ]
}
