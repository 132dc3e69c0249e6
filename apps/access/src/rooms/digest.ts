import type { Block, OriginPosition, RoomMessage } from '@gala/contracts'

/** From this priority on a notice is one that nobody is to miss. */
const noticePriorityMin = 4

/**
 * Several blocks that follow each other as one, for somebody who reads too slowly to get them all: gifts, control and notices that
 * matter, and how much chat was left out. Ends early where an origin begins anew, for a block holds one epoch of each.
 * @returns the block, and how many it stands for.
 */
export function digest(blocks: readonly [Block, ...Block[]]): { block: Block; count: number } {
  const count = alike(blocks)
  const taken = blocks.slice(0, count)
  const [first] = blocks
  const last = taken.at(-1) ?? first
  const since = new Map<string, OriginPosition>()
  const to = new Map<string, OriginPosition>()
  const dropped = { chat: 0, notify: 0 }
  const messages: RoomMessage[] = []
  for (const block of taken) {
    for (const [dc, at] of block.since) if (!to.has(dc)) since.set(dc, at)
    for (const [dc, at] of block.to) to.set(dc, at)
    dropped.chat += block.dropped.chat
    dropped.notify += block.dropped.notify
    for (const message of block.messages) {
      if (message.type === 'chat') dropped.chat++
      else if (message.type === 'notify' && message.priority < noticePriorityMin) dropped.notify++
      else messages.push(message)
    }
  }
  const state = Object.assign({}, ...taken.map((block) => block.state)) as Block['state']
  const { number, epoch, madeAtMs } = last
  return { block: { number, epoch, madeAtMs, since, to, messages, dropped, state }, count }
}

/** How many from the first on are of the same epochs. */
function alike(blocks: readonly [Block, ...Block[]]): number {
  const epochs = new Map<string, string>()
  const [{ epoch: own }] = blocks
  for (const [i, { epoch, to }] of blocks.entries()) {
    if (epoch !== own) return i
    for (const [dc, at] of to) {
      if ((epochs.get(dc) ?? at.epoch) !== at.epoch) return Math.max(1, i)
      epochs.set(dc, at.epoch)
    }
  }
  return blocks.length
}
