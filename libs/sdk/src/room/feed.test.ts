import type { RoomMessage } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { FeedKeeper } from './feed.js'

const none = { chat: 0, notify: 0 }
let seq = 0
const message = (text: string, more: Partial<RoomMessage> = {}): RoomMessage => ({
  ...{ id: `dc-a.0000000a.${++seq}`, type: 'chat', priority: 0, text, at: 1_000, underWayMs: 0, ttlS: 0 },
  from: { id: 'v-other', name: 'Other', avatar: '' },
  ...more,
})
const gift = (kind: string, count: number, at: number, from = 'v-other') =>
  message('', { type: 'gift', gift: { kind, count, value: 10 }, at, from: { id: from, name: from, avatar: '' } })
const retract = (target: string) => message('', { type: 'control', control: { act: 'retract', target, value: 0 } })
const outgoing = (text: string, seq: number) => ({
  ...{ seq, say: { type: 'chat' as const, text }, saidAtMs: 1_000 },
  ...{ way: undefined, dueMs: 0, failures: 0, last: undefined },
})
const linesOf = (feed: FeedKeeper) =>
  feed.view
    .getSnapshot()
    .entries.map((e) =>
      e.kind === 'gap' ? '–' : `${e.is} ${e.message.gift ? `${e.message.gift.kind} ×${e.count}` : e.message.text}`,
    )
const shown = { is: 'shown' as const, refusal: undefined }

describe('the feed of a room', () => {
  it('keeps the newest, and is another object when something has changed, and only then', () => {
    const feed = new FeedKeeper(3, () => undefined)
    let told = 0
    const stop = feed.view.subscribe(() => void told++)
    for (const text of ['1', '2', '3', '4']) feed.take([message(text)], none, false)
    const seen = feed.view.getSnapshot()
    feed.take([], none, false)
    expect([linesOf(feed), told, feed.view.getSnapshot() === seen]).toEqual([
      ['shown 2', 'shown 3', 'shown 4'],
      4,
      true,
    ])
    stop()
    feed.take([message('5')], none, false)
    expect([told, seen.entries.length, feed.view.getSnapshot() === seen]).toEqual([4, 3, false])
  })

  it('keeps the keys of lines that stay', () => {
    const feed = new FeedKeeper(3, () => undefined)
    for (const text of ['1', '2', '3']) feed.take([message(text)], none, false)
    const keys = () => feed.view.getSnapshot().entries.map(({ key }) => key)
    const before = keys()
    feed.take([message('4')], none, false)
    expect(keys().slice(0, 2)).toEqual(before.slice(1))
  })

  it('makes one line of gifts that follow one another, where the newest of them is', () => {
    const feed = new FeedKeeper(50, () => undefined)
    feed.take([gift('rose', 1, 1_000), message('in between'), gift('rose', 2, 3_000)], none, false)
    expect(linesOf(feed)).toEqual(['shown in between', 'shown rose ×3'])
    feed.take([gift('rocket', 1, 3_100), gift('rose', 1, 3_200, 'v-third'), gift('rose', 5, 20_000)], none, false)
    expect(linesOf(feed).slice(1)).toEqual(['shown rose ×3', 'shown rocket ×1', 'shown rose ×1', 'shown rose ×5'])
  })

  it('takes back what is retracted, before it has come as well, and one gift of several', () => {
    const feed = new FeedKeeper(50, () => undefined)
    const [bad, early] = [message('bad'), message('early')]
    const [first, second] = [gift('rose', 2, 1_000), gift('rose', 5, 2_000)]
    feed.take([message('good'), bad, first, second], none, false)
    feed.take([retract(bad.id), retract(first.id), retract(early.id)], none, false)
    feed.take([early], none, false)
    expect(linesOf(feed)).toEqual(['shown good', 'shown rose ×5'])
  })

  it('shows an own message once, whichever comes first, the block or the answer', () => {
    for (const viewer of ['v-me', undefined]) {
      const feed = new FeedKeeper(50, () => viewer)
      const from = { id: 'v-me', name: 'Me', avatar: '' }
      const [one, two] = [message('one', { from }), message('two', { from })]
      feed.say(outgoing('one', 0))
      feed.say(outgoing('two', 1))
      feed.take([one], none, false)
      expect(linesOf(feed)).toEqual(['pending one', 'pending two'])
      feed.settled(1, { ...shown, id: two.id, text: 'two' })
      feed.settled(0, { ...shown, id: one.id, text: 'one' })
      feed.take([two], none, false)
      expect(linesOf(feed)).toEqual(['shown one', 'shown two'])
    }
  })

  it('takes a line that turns out to be an own message for that, though it reads differently', () => {
    const feed = new FeedKeeper(50, () => undefined)
    feed.say(outgoing('rude', 0))
    const masked = message('****')
    feed.take([masked], none, false)
    expect(linesOf(feed)).toEqual(['pending rude', 'shown ****'])
    feed.settled(0, { ...shown, id: masked.id, text: '****' })
    expect(linesOf(feed)).toEqual(['shown ****'])
    expect(feed.view.getSnapshot().entries).toMatchObject([{ own: true }])
  })

  it('makes one line of own gifts as well, each of them confirmed once', () => {
    const feed = new FeedKeeper(50, () => 'v-me')
    const given = [gift('rose', 1, 1_000, 'v-me'), gift('rose', 1, 1_100, 'v-me')]
    for (const seq of [0, 1])
      feed.say({ ...outgoing('', seq), say: { type: 'gift', gift: { kind: 'rose', count: 1 } } })
    for (const [seq, { id }] of given.entries()) feed.settled(seq, { ...shown, id, text: '' })
    feed.take(given, none, false)
    expect(linesOf(feed)).toEqual(['shown rose ×2'])
  })

  it('does not keep back for good what only looked like an own message', () => {
    const feed = new FeedKeeper(50, () => undefined)
    feed.say(outgoing('666', 0))
    feed.take([message('666'), message('other')], none, false)
    expect(linesOf(feed)).toEqual(['pending 666', 'shown other'])
    feed.settled(0, { is: 'refused', refusal: { code: 'MUTED', detail: '', retryAfterMs: 0, unsure: false } })
    expect(linesOf(feed)).toEqual(['refused 666', 'shown other', 'shown 666'])
  })

  it('replaces a message that was held, or whose answer was lost, when it comes', () => {
    const feed = new FeedKeeper(50, () => 'v-me')
    const from = { id: 'v-me', name: 'Me', avatar: '' }
    feed.say(outgoing('held', 0))
    feed.settled(0, { is: 'held', refusal: undefined, id: 'dc-a.0000000a.900', text: 'held' })
    feed.say(outgoing('lost', 1))
    feed.settled(1, { is: 'refused', refusal: { code: 'TIMEOUT', detail: '', retryAfterMs: 0, unsure: true } })
    expect(linesOf(feed)).toEqual(['held held', 'refused lost'])
    feed.take([message('lost', { from }), message('held', { from })], none, false)
    expect(linesOf(feed)).toEqual(['shown lost', 'shown held'])
  })

  it('adds up what was left out, and marks gaps once something was there', () => {
    const feed = new FeedKeeper(50, () => undefined)
    feed.take([message('1')], { chat: 3, notify: 1 }, true)
    feed.take([message('2')], { chat: 2, notify: 0 }, true)
    expect(feed.view.getSnapshot()).toMatchObject({ dropped: { chat: 5, notify: 1 }, gaps: 2 })
    expect(linesOf(feed)).toEqual(['shown 1', '–', 'shown 2'])
  })
})
