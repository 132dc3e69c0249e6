import type { Cursor } from './cursor.js'
import type { Dropped, RoomMessage, RoomState } from './message.js'

/** Some messages of a room, made once for everybody. See `im.proto` for the wire. */
export interface Block {
  /** Counts up by one from block to block, from 1 in each epoch. */
  number: number
  /** Of the data centre that made the block. */
  epoch: string
  madeAtMs: number
  /**
   * What came before the block and where it ends. All origins of `since` are in `to`; one that is in `to` alone begins with
   * this block, as one does that has another epoch there.
   */
  since: Cursor
  to: Cursor
  messages: readonly RoomMessage[]
  /** Left out between `since` and `to`. */
  dropped: Dropped
  state: RoomState
}

/** `"1f9c04b2:17"`: what a block, and an answer that ends with it, is known by. */
export const blockTag = ({ epoch, number }: Pick<Block, 'epoch' | 'number'>) => `${epoch}:${number}`
