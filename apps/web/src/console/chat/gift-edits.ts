import type { opsApi, RouteReply } from '@gala/contracts'

export type GiftItem = RouteReply<typeof opsApi.rooms.gifts>['items'][number]

/** The gifts with one of them a place further up or down, as far as there is room. */
export function movedGift(items: readonly GiftItem[], index: number, by: -1 | 1): GiftItem[] {
  const [at, other] = [items[index], items[index + by]]
  return at && other ? items.with(index, other).with(index + by, at) : [...items]
}

export const newGift: GiftItem = { kind: '', title: '', value: 1, active: true }

/** What keeps a catalogue from being saved; undefined: nothing does. */
export function giftsFlaw(items: readonly GiftItem[]): string | undefined {
  const wrong = items.find(({ kind }) => !/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(kind))
  if (wrong) return `“${wrong.kind}” is no kind: lower-case letters, digits and inner dashes.`
  const twice = items.find(({ kind }, i) => items.findIndex((item) => item.kind === kind) !== i)
  if (twice) return `“${twice.kind}” is there twice.`
  const unnamed = items.find(({ title }) => title.trim() === '')
  return unnamed ? `“${unnamed.kind}” has no title.` : undefined
}

/** What differs, one line a gift: `rose: 1 → 2`. */
export function giftLines(before: readonly GiftItem[], after: readonly GiftItem[]) {
  const kinds = [...new Set([...before, ...after].map(({ kind }) => kind))]
  const lines = kinds.flatMap((kind) => {
    const [from, to] = [before, after].map((items) => giftWords(items.find((item) => item.kind === kind)))
    return from === to ? [] : [{ place: kind, from: from ?? '', to: to ?? '' }]
  })
  const order = (items: readonly GiftItem[]) => items.map(({ kind }) => kind).join(', ')
  if (lines.length === 0 && order(before) !== order(after))
    lines.push({ place: 'order', from: order(before), to: order(after) })
  return lines
}

const giftWords = (item: GiftItem | undefined) =>
  item ? `${item.title}, ${item.value}${item.active ? '' : ', not given now'}` : 'none'
