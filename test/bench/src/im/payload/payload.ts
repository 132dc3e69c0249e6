import { encodeBlock } from '@gala/contracts'
import { tenths } from '../../http/statistics.js'
import type { Figure } from '../../report.js'
import { blocksOf, recorded, sizesOf } from './forms.js'

/** A block of fifteen, as a client that can undo deflate gets it, in parts of JSON. */
export const promisedPart = 0.25

const encodeSizes = [15, 50, 200] as const
const encodeTurns = 2_000
const turnsRounds = 5

/** Bytes a message in every form, from one recording, and what it costs to make a block. */
export function payloadFigures(say: (line: string) => void): Figure[] {
  const messages = recorded()
  const sizes = sizesOf(messages)
  const json = sizes[0]?.bytes ?? Number.NaN
  say(`${messages.length} recorded messages`)
  const figures = sizes.flatMap(({ form, bytes }): Figure[] => {
    const part = Math.round((bytes / json) * 1_000) / 1_000
    const held = form === 'block of 15, deflate' && { bound: promisedPart, ok: part <= promisedPart }
    return [
      { name: `bytes a message: ${form}`, value: tenths(bytes), unit: 'B' },
      { name: `parts of JSON: ${form}`, value: part, unit: '', ...held },
    ]
  })
  return [...figures, ...encodeSizes.map((size) => encodeFigure(blocksOf([...messages], size)[0], size))]
}

/** Processor time, which others on the machine do not lengthen as much as the time on the clock. */
function encodeFigure(block: Parameters<typeof encodeBlock>[0] | undefined, size: number): Figure {
  if (!block) throw new Error(`the recording is too short for a block of ${size}`)
  const rounds = Array.from({ length: turnsRounds + 1 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < encodeTurns; i++) encodeBlock(block)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / encodeTurns
  })
    // The first is still being compiled.
    .slice(1)
    .toSorted((a, b) => a - b)
  return {
    name: `making a block of ${size}`,
    value: tenths(rounds[Math.floor(turnsRounds / 2)] ?? Number.NaN),
    unit: 'CPU-µs',
    range: [tenths(rounds[0] ?? Number.NaN), tenths(rounds.at(-1) ?? Number.NaN)],
  }
}
