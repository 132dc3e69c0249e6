import type {
  Cursor,
  Dropped,
  Gift,
  HeldMessage,
  MessageType,
  PumpReport,
  RoomControl,
  RoomMessage,
  RoomReport,
  Sender,
} from '@gala/contracts'

/** A message that asks to be taken down. */
export interface NewMessage {
  type: MessageType
  /** 0 to 7, 7 the highest. */
  priority: number
  from: Sender
  text: string
  gift?: Gift
  control?: RoomControl
  /** When it is taken, Unix milliseconds. */
  at: number
  underWayMs: number
  /** 0: for ever. */
  ttlS: number
  /** Whoever sends it twice says the same: `viewer/clientId` and a number of its own. */
  client: string
  seq: number
}

export interface Taken {
  /** `dc.epoch.seq`. */
  id: string
  /** This had been taken before; `id` is that of the first time. */
  repeated: boolean
}

/** How far somebody has come in what one data centre accepted in a room. */
export interface Origin {
  epoch: string
  seq: number
}

/** A message with its place in this data centre's order. Those of other data centres keep their id and get a place of ours. */
export interface PlacedMessage extends RoomMessage {
  place: number
  /** As of `NewMessage`: what has been sent to two data centres is the same message. */
  client: string
  seq: number
  /** Only from the log: what its reader had had from there before this one; null: nothing. */
  after?: Origin | null
}

/** What there is to read after a place. */
export interface Placed {
  /** Of this data centre; another one than before means that everything begins anew. Empty: the room has none yet. */
  epoch: string
  /** The place up to which this is everything there is. */
  head: number
  /** How far that brings its reader. */
  cursor: Cursor
  /** In the order of their places. Never of two epochs of one data centre: an answer ends before the second, as a block has to. */
  messages: readonly PlacedMessage[]
  /** Messages up to `head` that a full lane had no room for and that no block has. Known only after the place of the newest block. */
  lost: Dropped
}

/** A block as it is kept: its bytes, and what has to be known of it without reading them. */
export interface StoredBlock {
  epoch: string
  number: number
  /** The place up to which this data centre's messages are in this block or the ones before. */
  place: number
  bytes: Uint8Array
}

export interface Lease {
  /** Rises with every holder: what an earlier one still sends is refused. */
  token: number
  epoch: string
  /** The newest block there is, if any. */
  number: number
  /** Up to which place messages are in blocks. */
  place: number
  /** The newest place there is: who renews finds what it was not told of. */
  head: number
}

/** A message one data centre has accepted, as another one reads it. */
export interface LoggedMessage {
  /** Position in the log. */
  at: string
  room: string
  message: PlacedMessage
}

/** A message that waits for an operator, with what it is known by when it is sent again. */
export type HeldForLater = HeldMessage & { client: string; seq: number }

/** A message for sockets of one viewer, or of all viewers of a cohort. */
export interface DirectMessage {
  to: { viewer: string } | { cohort: string }
  message: RoomMessage
}

/** What other processes of this data centre are told as it happens. None of it is kept; what has to be complete is read. */
export interface RoomListener {
  /** A room has a new block. */
  block?: (room: string, block: StoredBlock) => void
  /**
   * Something was accepted in a room, or taken over. It is said once in 20 ms for a room: whoever is told reads until there is nothing
   * more, and leaves more than 20 ms between two reads.
   */
  accepted?: (room: string) => void
  direct?: (message: DirectMessage) => void
  /** There was no connection for a while and there is one again: whatever was told meanwhile was not heard. */
  missed?: () => void
}

/**
 * The rooms of one data centre. Every room has an epoch, a count of places, four lanes of messages (chat, gift, notify, pk), a
 * ring of blocks and a lease for whoever makes these. Everything is bounded, and goes when nothing has happened for a day.
 *
 * Every method fails with the store's own error when it cannot be asked.
 */
export interface RoomStore {
  readonly dc: string

  /**
   * Takes a message down at the next place and puts it into its lane and into the log. The same (client, seq) again brings the first
   * answer, for at least ten minutes, and also when it came by way of another data centre.
   */
  accept(room: string, message: NewMessage): Promise<Taken>
  /**
   * What has come under (client, seq) before: the id it was taken or held under, for as long as `accept` and `hold` remember it. Whoever
   * is about to refuse something asks first whether it has been taken.
   */
  known(room: string, client: string, seq: number): Promise<{ id: string; held: boolean } | undefined>

  /**
   * Takes over what another data centre accepted: those that follow the last one taken over from there, each once, in their
   * order, at places of ours. What the log has given (`after`) is held against what has been taken over: once something is missing before a
   * message, because it was forgotten here, or it is of another epoch and the reader did not know which one we are in, nothing more
   * is taken, and the log will bring it again. They do not go into the log. @returns how many were new.
   */
  takeOver(room: string, from: string, messages: readonly PlacedMessage[]): Promise<number>

  /** What stands after a place, oldest first, `limit` at most: when there is more, `head` and `cursor` are those of the last one given. */
  after(room: string, place: number, limit: number): Promise<Placed>

  /** The newest of all lanes, newest first. */
  newest(room: string, limit: number): Promise<PlacedMessage[]>

  /** Takes a message out of its lane. @returns it, or undefined when it is not there. */
  remove(room: string, id: string): Promise<PlacedMessage | undefined>

  /** Holds or renews the lease of making a room's blocks; undefined while another one holds it. Creates the room's epoch. */
  lease(room: string, holder: string, forMs: number): Promise<Lease | undefined>
  /** Gives it back, if it is still held with this token. */
  release(room: string, token: number): Promise<void>

  /** Keeps a block and tells everybody. False when the lease is another's by now, or the number is not the next: then nothing was done. */
  putBlock(room: string, token: number, block: StoredBlock): Promise<boolean>
  /**
   * Blocks after a number, oldest first; the newest ones when `limit` is not enough for all. After a store has come back older than it
   * was, numbers go on far above those that may have been given out before.
   */
  blocks(room: string, after: number, limit: number): Promise<StoredBlock[]>
  /** Epoch and number of the newest block of each room; undefined for a room without any. */
  heads(rooms: readonly string[]): Promise<({ epoch: string; number: number } | undefined)[]>

  /** Marks a room as one somebody is in. */
  touch(rooms: readonly string[], atMs: number): Promise<void>
  /** Rooms somebody is or was in, or something was said in, since then; a room may be named for five seconds longer. */
  active(sinceMs: number): Promise<string[]>

  /** Reports last for ten seconds. */
  report(room: string, report: RoomReport): Promise<void>
  reports(room: string): Promise<RoomReport[]>
  reportPump(room: string, report: PumpReport): Promise<void>
  pumpOf(room: string): Promise<PumpReport | undefined>

  /**
   * This data centre's own messages, of all rooms: those of a room in their order, each at least once. `after` is `at` of the last one that
   * need not come again; `0`, or a position this process has not given, begins anew. Whoever takes messages over has `from` tell up to
   * where it has: it is asked where to begin in a room, and again every second, so who has forgotten something gets it again. Waits up to
   * `waitMs` for the first. A flood of chat pushes out chat and nothing else, for what is read here is the lanes themselves.
   */
  log(
    after: string,
    limit: number,
    waitMs: number,
    from?: (room: string) => Promise<Origin | undefined>,
  ): Promise<LoggedMessage[]>
  /** Up to where messages of another data centre have been taken over; undefined when none have. */
  takenOver(room: string, from: string): Promise<Origin | undefined>

  /** Keeps a message for an operator. Bounded: false when too many wait. The same (client, seq) again keeps nothing new. */
  hold(room: string, held: HeldForLater): Promise<boolean>
  held(room: string): Promise<HeldForLater[]>
  /** Takes a held one out. Undefined when somebody else was first. */
  takeHeld(room: string, id: string): Promise<HeldForLater | undefined>
  /** The next number of a room, for an id of a message that is not accepted yet. */
  nextId(room: string): Promise<string>

  /** Says something to some viewers in this data centre that is not kept. */
  direct(message: DirectMessage): Promise<void>
  /** @returns how to stop. Blocks come of the rooms that are followed. */
  listen(listener: RoomListener): () => void
  /** Once it is done, no block that is put goes unheard; without a connection it is done at once, and `missed` comes with the connection. */
  follow(room: string): Promise<void>
  unfollow(room: string): Promise<void>

  close(): Promise<void>
}
