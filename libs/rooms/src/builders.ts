import type { MessageType } from '@gala/contracts'
import type { NewMessage, PlacedMessage, RoomStore } from './room-store.js'

export interface RoomStoreUnderTest {
  store: RoomStore
  /** Another connection to the same store, as another process has it. */
  another(): Promise<RoomStore>
  /** Everything the store had is gone. */
  forget(): Promise<void>
  /** Lets time pass for the store. */
  pass(ms: number): Promise<void>
}

export const room = 'spring-gala'

export function newMessage(seq: number, type: MessageType = 'chat', more: Partial<NewMessage> = {}): NewMessage {
  return {
    type,
    priority: 3,
    from: { id: 'v-1', name: 'Ada', avatar: 'a1' },
    text: `message ${seq}`,
    ...(type === 'gift' && { gift: { kind: 'rose', count: 1, value: 5 } }),
    ...(type === 'control' && { control: { act: 'slow' as const, target: '', value: 5 } }),
    ...{ at: 1_800_000_000_000 + seq, underWayMs: 12, ttlS: 0, client: 'v-1/c', seq },
    ...more,
  }
}

/** As another data centre accepted it at a place. */
export const foreign = (
  place: number,
  type: MessageType = 'chat',
  { dc = 'dc-b', epoch = '000000b1', ...more }: Partial<NewMessage> & { dc?: string; epoch?: string } = {},
): PlacedMessage => ({
  ...newMessage(place, type, { client: `${dc}/c`, ...more }),
  id: `${dc}.${epoch}.${place}`,
  place,
})

export const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

export async function until(holds: () => boolean | Promise<boolean>) {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/** All of the log from a position on. */
export async function wholeLog(store: RoomStore, after = '0') {
  const found = []
  for (let at = after; ; ) {
    const some = await store.log(at, 500, 0)
    const last = some.at(-1)
    if (!last) return found
    found.push(...some)
    at = last.at
  }
}

export type OpenStore = (dc?: string) => Promise<RoomStoreUnderTest>
