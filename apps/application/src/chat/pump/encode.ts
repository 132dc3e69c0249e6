import { type Block, encodeBlock } from '@gala/contracts'
import type { PlacedMessage } from '@gala/rooms'
import { leaveOut } from './cut.js'

/** A block of messages that still have their places. */
type Draft = Omit<Block, 'messages'> & { messages: readonly PlacedMessage[] }

export interface Encoded {
  block: Block
  bytes: Uint8Array
  /** Could not be written; why the first could not. */
  refused: readonly PlacedMessage[]
  error?: unknown
}

/**
 * Writes a block. A message that cannot be written must not keep a room from all others, so it is left out, and the caller told.
 */
export function encode(block: Draft): Encoded {
  try {
    return { block, bytes: encodeBlock(block), refused: [] }
  } catch (error) {
    return { ...encodeSome(block), error }
  }
}

/**
 * Tries each message by itself, as following on the last one that could be written: times and numbers are written as steps, so
 * that whatever passes alone passes in its place.
 */
function encodeSome(block: Draft): Omit<Encoded, 'error'> {
  const messages: PlacedMessage[] = []
  const refused: PlacedMessage[] = []
  const dropped = { ...block.dropped }
  const since = new Map(block.since)
  const state = isWritable({ ...block, messages: [] }) ? block.state : {}
  let madeAtMs = block.madeAtMs
  for (const message of block.messages) {
    if (isWritable({ ...block, state, since, madeAtMs, messages: [message] })) {
      messages.push(message)
      const [dc = '', epoch = '', seq] = message.id.split('.')
      since.set(dc, { epoch, seq: Number(seq) })
      madeAtMs = message.at
    } else {
      refused.push(message)
      leaveOut(message, dropped)
    }
  }
  const rest = { ...block, messages, dropped, state }
  return { block: rest, bytes: encodeBlock(rest), refused }
}

function isWritable(block: Block): boolean {
  try {
    encodeBlock(block)
    return true
  } catch {
    return false
  }
}
