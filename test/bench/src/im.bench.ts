import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@gala/platform'
import type { Ending } from './http/ending.js'
import { rotated } from './http/statistics.js'
import { type Contender, contenderOf } from './im/contenders.js'
import { figuresOf, type Measured } from './im/figures.js'
import type { ImOptions } from './im/options.js'
import { startOurRoom } from './im/our-room.js'
import { payloadFigures } from './im/payload/payload.js'
import { centrifugoProgram, centrifugoVersion } from './im/peers/centrifugo.js'
import { type Turn, takeTurn } from './im/turns.js'
import type { Figure } from './report.js'

const ratePerS = 20
/** Beyond these the core is what is measured, and the delay is that of a queue. */
const coreFullPercent = 90
const crowdFullPercent = 85
const rateLeast = 1

/**
 * One room, everybody gets everything: what a delivery costs the server, beside Centrifugo, socket.io and bare ws, each alone on its
 * core while its viewers are on the other one; and what a message weighs.
 */
export async function imBench(options: ImOptions, ending: Ending, say: (line: string) => void): Promise<Figure[]> {
  const figures = options.payload ? payloadFigures(say) : []
  if (options.contenders.length === 0) return figures
  const all: Measured[] = []
  const contenders = await startable(options, ending, say)
  for (const sockets of options.sockets) {
    const measured = contenders.map((contender): Measured => ({ contender, sockets, turns: [] }))
    all.push(...measured)
    const rates = new Map(contenders.map((contender) => [contender, ratePerS]))
    for (let round = 0; round < options.rounds; round++) {
      for (const each of rotated(measured, round)) {
        each.turns.push(await turnInReach(each.contender, sockets, options.seconds, rates, say))
      }
    }
  }
  return [...figures, ...figuresOf(all)]
}

/** Halves the rate for whoever cannot bear it, which is told; a message costs the same at any. */
async function turnInReach(
  contender: Contender,
  sockets: number,
  seconds: number,
  rates: Map<Contender, number>,
  say: (line: string) => void,
): Promise<Turn> {
  for (;;) {
    const rate = rates.get(contender) ?? ratePerS
    const turn = await takeTurn(contender, sockets, rate, seconds)
    const { perCpuS, corePercent, crowdPercent, delayP99Ms, closed } = turn
    say(
      `${contender.name}, ${sockets} sockets, ${rate} messages/s: ${Math.round(perCpuS / 1_000)} k deliveries a CPU-second, ` +
        `p99 ${Math.round(delayP99Ms)} ms, core ${Math.round(corePercent)} %, viewers ${Math.round(crowdPercent)} %` +
        `${closed > 0 ? `, ${closed} cut off` : ''}`,
    )
    for (const what of turn.trouble) say(`${contender.name}: ${what}`)
    if ((corePercent < coreFullPercent && crowdPercent < crowdFullPercent) || rate <= rateLeast) return turn
    rates.set(contender, rate / 2)
    say(`${contender.name} at ${rate} messages/s is more than a core does; half of that is tried`)
  }
}

async function startable({ contenders }: ImOptions, ending: Ending, say: (line: string) => void): Promise<Contender[]> {
  const dir = mkdtempSync(join(tmpdir(), 'gala-bench-im-'))
  ending.add(() => rmSync(dir, { recursive: true, force: true }))
  const room = contenders.includes('ours') ? await startOurRoom(ending, say) : undefined
  const centrifugo = contenders.includes('centrifugo') ? centrifugoProgram() : undefined
  if (centrifugo) say(`${centrifugo}: ${await centrifugoVersion(centrifugo)}`)
  else if (contenders.includes('centrifugo'))
    say('Centrifugo is not measured: put it on the path, or name it in GALA_CENTRIFUGO')
  let port = await freePorts()
  const given = { room, centrifugo, dir, nextPort: () => port++ }
  return contenders.flatMap((name) => contenderOf(name, given) ?? [])
}
