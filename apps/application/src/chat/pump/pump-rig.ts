import { type Block, decodeBlock, type MessageType, type RoomReport, type RoomState, type Rung } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { NewMessage, RoomStore } from '@gala/rooms'
import type { PumpParts } from './pump-parts.js'
import type { PumpSignals } from './pump-signals.js'
import { RoomView } from './room-view.js'

/** For the tests of this folder. */
export const room = 'spring-gala'

let seq = 0
export function message(type: MessageType, at: number, more: Partial<NewMessage> = {}): NewMessage {
  seq++
  return {
    type,
    priority: 3,
    from: { id: `viewer-${seq % 7}`, name: 'Li', avatar: '' },
    text: `message ${seq}`,
    ...(type === 'gift' && { gift: { kind: 'rose', count: 1, value: 100 } }),
    ...(type === 'control' && { control: { act: 'slow', target: '', value: 5 } }),
    at,
    underWayMs: 0,
    ttlS: 0,
    client: 'viewer/tab',
    seq,
    ...more,
  }
}

export const viewers = (sockets: number, at: number): RoomReport => ({
  instance: 'access-1',
  at,
  sockets,
  streams: 0,
  polls: 0,
  deliveredPerS: 0,
  delayP50Ms: null,
  delayP99Ms: null,
  skippedPerS: 0,
})

/** What pumps have told of themselves, counted. */
class CountedSignals implements PumpSignals {
  readonly counts = new Map<string, number>()
  of = (name: string) => this.counts.get(name) ?? 0
  told: PumpSignals['told'] = (shown, { chat, notify }) => {
    this.#count('blocks')
    this.#count('shown', shown.length)
    this.#count('dropped', chat + notify)
  }
  window = () => {}
  tookOver = () => this.#count('took over')
  lost = () => this.#count('lost')
  failed: PumpSignals['failed'] = (part) => this.#count(`failed ${part}`)
  refused: PumpSignals['refused'] = (_, count) => this.#count('refused', count)

  #count(name: string, by = 1) {
    this.counts.set(name, this.of(name) + by)
  }
}

/** A process that makes blocks, with switches and a strain that a test sets. */
export class PumpProcess implements PumpParts {
  readonly signals = new CountedSignals()
  readonly holder: string
  state: RoomState = {}
  flow: Rung = 'full'
  lateMs = 0

  constructor(
    readonly store: RoomStore,
    readonly clock: Clock,
    readonly instance = 'application-1',
    readonly chance: () => number = () => 0.5,
  ) {
    this.holder = `${instance}:1`
  }

  rung = () => this.flow
  delayMs = () => this.lateMs
  viewOf = (of: string) =>
    new RoomView(
      {
        own: this.store,
        peers: new Map(),
        facts: { of: async () => this.state },
        clock: this.clock,
        failed: () => this.signals.failed('view'),
      },
      of,
    )
}

export async function blocksOf(store: RoomStore): Promise<Block[]> {
  return (await store.blocks(room, 0, 10_000)).map(({ bytes }) => decodeBlock(bytes))
}

export const textsOf = (blocks: readonly Block[]) => blocks.flatMap(({ messages }) => messages.map(({ text }) => text))

export const droppedOf = (blocks: readonly Block[]) =>
  blocks.reduce((sum, { dropped }) => ({ chat: sum.chat + dropped.chat, notify: sum.notify + dropped.notify }), {
    chat: 0,
    notify: 0,
  })
