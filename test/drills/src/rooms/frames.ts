import { closeCodes, encodeClientFrame } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { until } from '@gala/platform'
import { loopback, maskedFrame, opcodes } from '@gala/viewers'
import { atLeast, atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { Crowd } from './crowd.js'
import { metricOf } from './metrics.js'
import { everythingSeen, memoryOf, room, tellLost, tellTrouble } from './parts.js'
import { Senders } from './senders.js'
import { type Ended, Stranger } from './stranger.js'
import { Tickets } from './tickets.js'

const healthyViewers = 50
const fuzzed = 2_000
const atOnce = 100
const crowdOfOne = 10_000
const memoryMb = 150
/** Past the life of a ticket and what clocks may differ by. */
const expiredAfterMs = 37_000
const otherRoom = 'nova-launch'
const allCodes = new Set<number>(Object.values(closeCodes).map(({ code }) => code))

/** Whatever is said to it, access ends the link with a code that tells why, and everybody else notices nothing. */
export async function frames(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const url = rig.status.dcs[0]?.access[0] ?? ''
  const processes = await pids(rig)
  const crowd = await Crowd.of({
    room,
    urls: [url],
    viewers: healthyViewers,
    firstAddress: 20_000,
    slow: 0,
    connectPerS: 50,
    seed: 3,
  })
  const memory = await memoryOf(rig, ['access'])
  const talk = await Senders.of(rig, {
    room,
    urls: [url],
    name: 'frames',
    count: 20,
    ratePerS: 5,
    giftPart: 0.2,
    characters: 40,
  })
  const tickets = new Tickets([url], room)
  try {
    const cases = await badCases(url, tickets, say)
    const fuzz = await fuzzing(url, tickets, say)
    const one = await fromOneAddress(url, say)
    await talk.stop()
    await everythingSeen()
    const { healthy, healthyCut } = await crowd.judge(talk.accepted)
    tellTrouble('viewers', crowd.why, say)
    tellLost(healthy, say)
    tellTrouble('senders', talk.why, say)
    const grownMb = await memory.grownMb()
    const left = async () => (await metricOf(url, 'gala_room_connections')) <= healthyViewers * 2
    await until(left, 'connections are left', 30_000, 500).catch((error: Error) => say(error.message))
    const name = (what: string) => `frames: ${what}`
    return [
      told(name('bad ways to begin or to go on'), cases.tried, ''),
      atMost(name('of these, ended with another code than promised'), cases.wrong, '', 0),
      told(name('fuzzed links'), fuzz.tried, ''),
      atMost(name('of these, ended without a code of ours'), fuzz.withoutCode, '', 0),
      told(name('connects from one address'), crowdOfOne, ''),
      atMost(name('of these, let in'), one.letIn, '', one.bound),
      atMost(name('of these, refused without a problem and a status'), one.unclear, '', 0),
      atMost(name('processes that ended'), await gone(rig, processes), '', 0),
      atMost(name('healthy viewers cut off'), healthyCut, '', 0),
      atMost(name('gifts lost by healthy viewers'), healthy.giftsLost, '', 0),
      atMost(name('chat lost by healthy viewers'), healthy.chatLost, '', 0),
      atLeast(name('messages they had meanwhile'), healthy.chatSeen, '', 1),
      atMost(name('memory grown, the most of a process'), grownMb, 'MB', memoryMb),
      told(name('connections left'), await metricOf(url, 'gala_room_connections'), ''),
    ]
  } finally {
    await talk.stop()
    crowd.end()
    tickets.close()
  }
}

interface Case {
  what: string
  code: number
  run: (stranger: Stranger) => Promise<void> | void
}

async function badCases(url: string, tickets: Tickets, say: (line: string) => void) {
  const ticket = async () => (await tickets.insist()).ticket
  const hello = (of: string, cursor = '') =>
    encodeClientFrame({ kind: 'hello', ticket: of, cursor, codings: [], client: 'drill' })
  const greeted = async (stranger: Stranger) => {
    stranger.binary(hello(await ticket()))
    await stranger.welcomed()
  }
  const [used, late, foreign] = [await ticket(), await ticket(), (await elsewhere(url)).ticket]
  const lateFromMs = performance.now()
  const forged = (text: string) => `${text.slice(0, -3)}${text.endsWith('AAA') ? 'BBB' : 'AAA'}`
  const { BAD_FRAME, FRAME_TOO_LARGE, HELLO_LATE, TOO_MANY_FRAMES } = closeCodes
  const { TICKET_EXPIRED, TICKET_REFUSED, TICKET_USED } = closeCodes
  const cases: Case[] = [
    { what: 'no hello', ...HELLO_LATE, run: () => {} },
    {
      what: 'half a frame, and then nothing',
      ...HELLO_LATE,
      run: (one) => one.raw(maskedFrame(2, hello('x')).subarray(0, 5)),
    },
    { what: 'an empty frame', ...BAD_FRAME, run: (one) => one.binary(new Uint8Array()) },
    { what: 'text', ...BAD_FRAME, run: (one) => one.frame(opcodes.text, Buffer.from('hello')) },
    { what: 'bytes that are no frame', ...BAD_FRAME, run: (one) => one.binary(Buffer.from('0aff', 'hex')) },
    { what: 'a length of 2 GiB inside', ...BAD_FRAME, run: (one) => one.binary(Buffer.from('0affffffff07', 'hex')) },
    {
      what: 'a send before the hello',
      ...BAD_FRAME,
      run: (one) => one.binary(encodeClientFrame({ kind: 'ping', number: 1 })),
    },
    { what: 'a frame that is not masked', ...BAD_FRAME, run: (one) => one.raw(Buffer.of(0x82, 1, 0)) },
    { what: 'a reserved opcode', ...BAD_FRAME, run: (one) => one.frame(11, Buffer.of(1)) },
    { what: 'a frame of 5 KB', ...FRAME_TOO_LARGE, run: (one) => one.binary(Buffer.alloc(5_000)) },
    { what: 'a frame that says to be 1 TB', ...FRAME_TOO_LARGE, run: (one) => one.raw(terabyte) },
    { what: 'pieces of a frame without end', ...FRAME_TOO_LARGE, run: (one) => one.raw(pieces) },
    { what: 'no ticket', ...TICKET_REFUSED, run: (one) => one.binary(hello('')) },
    { what: 'a ticket of nobody', ...TICKET_REFUSED, run: (one) => one.binary(hello('not.one')) },
    { what: 'a forged ticket', ...TICKET_REFUSED, run: async (one) => one.binary(hello(forged(await ticket()))) },
    { what: 'a ticket of another room', ...TICKET_REFUSED, run: (one) => one.binary(hello(foreign)) },
    { what: 'a cursor that is none', ...BAD_FRAME, run: async (one) => one.binary(hello(await ticket(), "x' OR 1=1")) },
    { what: 'a second hello', ...BAD_FRAME, run: async (one) => greeted(one).then(() => one.binary(hello('x'))) },
    {
      what: 'more frames than a client may send',
      ...TOO_MANY_FRAMES,
      run: async (one) => {
        await greeted(one)
        for (let i = 0; i < 200; i++) one.binary(encodeClientFrame({ kind: 'ping', number: i }))
      },
    },
    {
      what: 'a ticket that was used',
      ...TICKET_USED,
      run: async (one) => {
        const first = new Stranger(url, room, loopback(30_000))
        first.binary(hello(used))
        await first.welcomed()
        one.binary(hello(used))
        await one.ended()
        first.leave()
      },
    },
    {
      what: 'a ticket that is too old',
      ...TICKET_EXPIRED,
      run: async (one) => {
        one.leave()
        await until(() => performance.now() - lateFromMs > expiredAfterMs, 'time stands still', 60_000, 250)
        one.again()
        one.binary(hello(late))
      },
    },
  ]
  let wrong = 0
  await Promise.all(
    cases.map(async ({ what, code, run }, i) => {
      const stranger = new Stranger(url, room, loopback(30_001 + i))
      await run(stranger)
      const end = await stranger.ended()
      if (end.code === code) return
      wrong++
      say(`${what}: ended with ${tell(end)}, promised was ${code}`)
    }),
  )
  return { tried: cases.length, wrong }
}

/** What only opens with a number of ours is not enough: half of them say a proper hello first. */
async function fuzzing(url: string, tickets: Tickets, say: (line: string) => void) {
  const random = seededRandom(7)
  let withoutCode = 0
  const one = async (i: number) => {
    const stranger = new Stranger(url, room, loopback(31_000 + i))
    if (i % 2 === 0) {
      const { ticket } = await tickets.insist()
      stranger.binary(encodeClientFrame({ kind: 'hello', ticket, cursor: '', codings: [], client: 'fuzz' }))
    }
    for (let frames = 0; frames < 4; frames++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256))
      if (random() < 0.3) stranger.raw(bytes)
      else stranger.binary(bytes)
    }
    const end = await stranger.ended()
    if (allCodes.has(end.code)) return
    withoutCode++
    if (withoutCode <= 5) say(`fuzzed link ${i} ended with ${tell(end)}`)
  }
  say(`${fuzzed} links say what nobody understands`)
  for (let from = 0; from < fuzzed; from += atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, fuzzed - from) }, (_, i) => one(from + i)))
  return { tried: fuzzed, withoutCode }
}

/** As many at once as somebody with one address can make. */
async function fromOneAddress(url: string, say: (line: string) => void) {
  say(`${crowdOfOne} connects from one address`)
  const ends: Ended[] = []
  let letIn = 0
  let next = 0
  const open: Stranger[] = []
  const some = async () => {
    while (next < crowdOfOne) {
      next++
      const stranger = new Stranger(url, room, '127.0.0.9')
      if (await stranger.opened()) {
        letIn++
        open.push(stranger)
      } else ends.push(await stranger.ended())
    }
  }
  await Promise.all(Array.from({ length: atOnce }, some))
  for (const stranger of open) stranger.leave()
  const clear = new Set([429, 503])
  const unclear = ends.filter(({ status }) => status === undefined || !clear.has(status))
  const first = unclear[0]
  if (first) say(`a connect from one address ended with ${tell(first)}`)
  return { letIn, unclear: unclear.length, bound: perAddress * 8 }
}

/** Of `rooms.drill.ts`, for the process that is asked. Whoever does not say hello is sent away after three seconds and makes room. */
export const perAddress = 500

const terabyte = Buffer.from('82ff000000ffffffffff67616c61', 'hex')
/** Each says that more will come. */
const pieces = Buffer.concat([
  first(maskedFrame(opcodes.binary, Buffer.alloc(1_000))),
  ...Array.from({ length: 6 }, () => first(maskedFrame(opcodes.continuation, Buffer.alloc(1_000)))),
])

function first(frame: Buffer): Buffer {
  frame[0] = (frame[0] ?? 0) & 0x7f
  return frame
}

async function elsewhere(url: string) {
  const tickets = new Tickets([url], otherRoom)
  try {
    return await tickets.ask()
  } catch {
    // Its room is not open yet: then a ticket that says so cannot be had, and one that is none has to do.
    return { ticket: 'x.y' }
  } finally {
    tickets.close()
  }
}

const tell = ({ code, reason, status }: Ended) => (status === undefined ? `${code} ${reason}` : `status ${status}`)

async function pids(rig: Rig): Promise<Map<string, number | null>> {
  const { dcs } = await rig.client.status()
  return new Map(dcs.flatMap(({ parts }) => parts).map(({ name, pid }) => [name, pid]))
}

async function gone(rig: Rig, before: ReadonlyMap<string, number | null>): Promise<number> {
  const after = await pids(rig)
  return [...before].filter(([name, pid]) => after.get(name) !== pid).length
}
