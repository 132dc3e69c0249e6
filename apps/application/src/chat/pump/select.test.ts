import { seededRandom } from '@gala/kernel/testing'
import type { NewMessage, PlacedMessage } from '@gala/rooms'
import { describe, expect, it } from '@jest/globals'
import { message } from './pump-rig.js'
import { type Limits, select } from './select.js'

const nowMs = 1_000_000
const limits = (more: Partial<Limits> = {}): Limits => ({ nowMs, chatMax: 10, strained: false, seed: 1, ...more })

let place = 0
function placed(type: NewMessage['type'], more: Partial<NewMessage> = {}): PlacedMessage {
  place++
  return { ...message(type, nowMs - 100, more), id: `dc-a.0000abcd.${place}`, place }
}
const chatOf = (viewer: string, count: number, more: Partial<NewMessage> = {}) =>
  Array.from({ length: count }, () => placed('chat', { from: { id: viewer, name: '', avatar: '' }, ...more }))
const shownOf = (messages: readonly PlacedMessage[], more?: Partial<Limits>) => {
  const chosen = select(messages, limits(more))
  return messages.filter((each) => chosen.has(each))
}
const bySender = (messages: readonly PlacedMessage[]) =>
  Object.fromEntries([...Map.groupBy(messages, ({ from }) => from.id)].map(([id, its]) => [id, its.length]))

describe('what is shown of what was accepted', () => {
  it('is all of it while there is room', () => {
    const messages = [placed('chat'), placed('gift'), placed('notify'), placed('control')]
    expect(shownOf(messages)).toEqual(messages)
  })

  it('has every gift and every control, whatever the limits and however old they are', () => {
    const messages = [placed('gift', { ttlS: 1, at: 0 }), placed('control', { ttlS: 1, at: 0 }), placed('chat')]
    expect(shownOf(messages, { chatMax: 0, strained: true }).map(({ type }) => type)).toEqual(['gift', 'control'])
  })

  it('has no chat and no notice that is no longer worth showing, and what is for ever never is', () => {
    const old = { at: nowMs - 5_001 }
    const messages = [
      placed('chat', { ...old, ttlS: 5 }),
      placed('notify', { ...old, ttlS: 5 }),
      placed('chat', { ...old, ttlS: 6 }),
      placed('chat', { at: 0, ttlS: 0 }),
    ]
    expect(shownOf(messages)).toEqual(messages.slice(2))
  })

  it('leaves out notices of little worth only while the process is strained', () => {
    const messages = [placed('notify', { priority: 3 }), placed('notify', { priority: 4 })]
    expect(shownOf(messages)).toEqual(messages)
    expect(shownOf(messages, { strained: true })).toEqual(messages.slice(1))
  })

  it('is as much chat as there is room for, not one more', () => {
    expect(shownOf([...chatOf('a', 5), ...chatOf('b', 5)])).toHaveLength(10)
    for (const chatMax of [0, 1, 7, 10]) expect(shownOf(chatOf('a', 11), { chatMax })).toHaveLength(chatMax)
  })

  it('gives one who floods no more than a share while others wait, and what nobody wants otherwise', () => {
    const flood = chatOf('flood', 500)
    const others = Array.from({ length: 20 }, (_, i) => chatOf(`viewer-${i}`, 1)).flat()
    expect(bySender(shownOf([...flood, ...others], { chatMax: 20 }))['flood']).toBeLessThanOrEqual(1)
    const few = bySender(shownOf([...flood, ...chatOf('a', 2), ...chatOf('b', 1)], { chatMax: 20 }))
    expect(few).toEqual({ flood: 17, a: 2, b: 1 })
  })

  it('gives one of high priority no more than a share either', () => {
    const messages = [...chatOf('vip', 100, { priority: 7 }), ...chatOf('a', 100), ...chatOf('b', 100)]
    const shown = bySender(shownOf(messages, { chatMax: 16 }))
    expect(shown['vip']).toBeGreaterThanOrEqual(4)
    expect((shown['a'] ?? 0) + (shown['b'] ?? 0)).toBeGreaterThanOrEqual(8)
  })

  it('prefers the higher priority', () => {
    const messages = Array.from({ length: 100 }, (_, i) =>
      chatOf(`viewer-${i}`, 1, { priority: i % 5 === 0 ? 5 : 1 }),
    ).flat()
    expect(shownOf(messages, { chatMax: 20 }).every(({ priority }) => priority === 5)).toBe(true)
  })

  it('stays in the order of places', () => {
    const messages = Array.from({ length: 200 }, (_, i) => chatOf(`viewer-${i % 50}`, 1)).flat()
    const places = shownOf(messages, { chatMax: 40 }).map((each) => each.place)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('is chance among equals: the same with the same seed, and nobody is passed over for ever', () => {
    const messages = Array.from({ length: 100 }, (_, i) => chatOf(`viewer-${i}`, 1)).flat()
    expect(shownOf(messages, { seed: 7 })).toEqual(shownOf(messages, { seed: 7 }))
    const random = seededRandom(1)
    const times = new Map<string, number>()
    for (let round = 0; round < 1_000; round++)
      for (const { id } of shownOf(messages, { seed: Math.floor(random() * 2 ** 32) }))
        times.set(id, (times.get(id) ?? 0) + 1)
    // 100 each, give or take four times the square root of what is left to chance.
    expect(times.size).toBe(100)
    for (const count of times.values()) expect(Math.abs(count - 100)).toBeLessThan(45)
  })
})
