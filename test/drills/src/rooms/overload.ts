import { atLeast, atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { Crowd, quantileOf } from './crowd.js'
import { edgesOf, everythingSeen, memoryOf, pause, room, tellLost, tellTrouble } from './parts.js'
import { Senders } from './senders.js'

const viewers = 1_000
const slowPart = 0.05
const ratePerS = 500
const senders = 700
const giftPart = 0.1
const lastsMs = 60_000
const giftP99Ms = 1_000
/** A thousand sockets, and a room that is as full as it gets. */
const memoryMb = 150
/** Long ones: a reader of a kilobyte a second falls behind for good, and not only behind the kernel's buffers. */
const characters = 120

/** More is said than anybody can read, and some read far less than that. */
export async function overload(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const urls = edgesOf(rig)
  const slow = Math.round(viewers * slowPart)
  say(`${viewers} viewers, ${slow} of them at 1 KB/s`)
  const crowd = await Crowd.of({ room, urls, viewers, firstAddress: 0, slow, connectPerS: 300, seed: 1 })
  const memory = await memoryOf(rig, ['access', 'application'])
  const plan = { room, urls, name: 'overload', count: senders, ratePerS, giftPart, characters }
  const talk = await Senders.of(rig, plan)
  try {
    say(`${ratePerS} messages/s for ${lastsMs / 1_000} s`)
    await pause(lastsMs)
    await talk.stop()
    const { accepted } = talk
    tellTrouble('senders', talk.why, say)
    say(`${accepted.length} of ${talk.sent} were accepted; waiting until everybody has them`)
    await everythingSeen()
    const grownMb = await memory.grownMb()
    const { healthy, slow: slowFindings, ...judged } = await crowd.judge(accepted)
    tellTrouble('viewers', crowd.why, say)
    tellLost(healthy, say)
    const name = (what: string) => `overload: ${what}`
    const perS = accepted.length / (lastsMs / 1_000)
    return [
      told(name('messages accepted a second'), perS, '/s'),
      told(name('gifts held against a viewer'), healthy.expectedGifts / judged.viewers.healthy, ''),
      atMost(name('gifts lost, all healthy viewers together'), healthy.giftsLost, '', 0),
      atMost(name('gift from sending to seeing, p99'), quantileOf(judged.giftDelays, 0.99), 'ms', giftP99Ms),
      told(name('gift from sending to seeing, p50'), quantileOf(judged.giftDelays, 0.5), 'ms'),
      told(name('chat from sending to seeing, p99'), quantileOf(judged.chatDelays, 0.99), 'ms'),
      told(name('chat accepted, seen by a viewer'), (100 * healthy.chatSeen) / healthy.expectedChat, '%'),
      atLeast(name('chat told as left out, all healthy viewers together'), healthy.chatDropped, '', 1),
      atMost(name('chat neither seen nor told as left out'), healthy.chatLost, '', 0),
      atMost(
        name('chat told as left out and never acknowledged, for a viewer'),
        healthy.chatSurplus / judged.viewers.healthy,
        '',
        talk.unknown,
      ),
      atMost(name('shown twice'), healthy.twice, '', 0),
      atMost(name('healthy viewers cut off'), judged.healthyCut, '', 0),
      atMost(name('memory grown, the most of a process'), grownMb, 'MB', memoryMb),
      told(
        name('slow viewers: gifts lost'),
        (100 * slowFindings.giftsLost) / Math.max(1, slowFindings.expectedGifts),
        '%',
      ),
      atMost(name('slow viewers: chat neither seen nor told as left out'), slowFindings.chatLost, '', 0),
      told(name('slow viewers: told of a gap'), slowFindings.gaps, ''),
    ]
  } finally {
    await talk.stop()
    crowd.end()
  }
}
