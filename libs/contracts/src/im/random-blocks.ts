import type { Block } from './block.js'
import type { OriginPosition } from './cursor.js'
import { controlActs, messageTypes, type RoomMessage, type RoomState, type Sender } from './message.js'

/** Blocks by chance, for tests: everything a block can hold, at its edges more often than in life. */
export function randomBlock(random: () => number): Block {
  const below = (bound: number) => Math.floor(random() * bound)
  const one = <T>(of: readonly T[]) => of[below(of.length)] as T
  const madeAtMs = 1_763_000_000_000 + below(1e9)
  const origins = ['dc-a', 'dc-b', 'x'].slice(0, 1 + below(3)).map((dc) => ({
    dc,
    epoch: hex(below(2 ** 32)),
    since: one([0, below(1_000), 2 ** 31 + below(2 ** 31), 9e14]),
  }))
  const senders = Array.from({ length: 1 + below(8) }, () => sender(one))
  const last = origins.map(({ since }) => since)
  const messages = Array.from({ length: one([0, 1, below(20), below(300)]) }, (): RoomMessage => {
    const at = below(origins.length)
    last[at] = (last[at] ?? 0) + one([1, 1, 1, below(1_000) + 1, 2 ** 32 - 1])
    const type = one(messageTypes)
    return {
      id: `${origins[at]?.dc}.${origins[at]?.epoch}.${last[at]}`,
      type,
      priority: below(8),
      from: one(senders),
      text: one(texts),
      ...(type === 'gift' && { gift: { kind: 'rose', count: below(9_999), value: one([0, 1, 4_294_967_295]) } }),
      ...(type === 'control' && { control: { act: one(controlActs), target: one(texts), value: below(86_401) } }),
      at: madeAtMs + below(4_000) - 3_000,
      underWayMs: one([0, below(500), 2_147_483_647]),
      ttlS: one([0, 0, below(86_401)]),
    }
  })
  const cursor = (of: (index: number) => number) =>
    new Map<string, OriginPosition>(origins.map(({ dc, epoch }, i) => [dc, { epoch, seq: of(i) }]))
  const since = cursor((i) => origins[i]?.since ?? 0)
  for (const { dc, since: seq } of origins) if (seq === 0) since.delete(dc)
  return {
    number: one([1, below(1e6) + 1, 2 ** 40]),
    epoch: hex(below(2 ** 32)),
    madeAtMs,
    since,
    to: cursor((i) => (last[i] ?? 0) + below(3)),
    messages,
    dropped: { chat: one([0, below(1e5)]), notify: one([0, 0, 1]) },
    state: stateOf(random, one),
  }
}

function sender(one: <T>(of: readonly T[]) => T): Sender {
  return {
    id: `${one(['', 'v', '观众', 'guest-', 'u'])}${one([...texts, ...tails])}`.slice(0, 120),
    name: one(texts),
    avatar: one(['', '', 'a17', '图', ...tails]),
  }
}

function stateOf(random: () => number, one: <T>(of: readonly T[]) => T): RoomState {
  const said = () => random() < 0.3
  return {
    ...(said() && { online: one([0, 1, 40_000_000, Number.MAX_SAFE_INTEGER]) }),
    ...(said() && { likes: one([0, 2 ** 33]) }),
    ...(said() && { level: one([0, 4]) }),
    ...(said() && { programme: one(['', 'p-17']) }),
    ...(said() && { slowS: one([0, 3_600]) }),
    ...(said() && { chat: one([true, false]) }),
  }
}

const hex = (value: number) => value.toString(16).padStart(8, '0')
const texts = ['', 'a', '哈哈哈哈哈', '🎉🎉', 'x'.repeat(127), 'x'.repeat(128), '赢'.repeat(200), 'naïve', '\n\u0000']
/** What ids and names of pictures end with, and what only looks like it. */
const tails = ['0', '00', '007', '6939f0e1327d0518', 'ABCD', 'f'.repeat(80), 'cafe', '1234567890']
