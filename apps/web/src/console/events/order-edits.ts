import type { Programme } from '@gala/contracts'

/** Items back to back from the first one's start, as a running order is. */
export function retimed(items: readonly Programme[], startAt = items[0]?.startAt): Programme[] {
  let atMs = Date.parse(startAt ?? '')
  return items.map((item) => {
    const next = { ...item, startAt: new Date(atMs).toISOString() }
    atMs += item.durationS * 1000
    return next
  })
}

/** The item at `index` one place up (-1) or down (1); nothing happens at the ends. */
export function moved(items: readonly Programme[], index: number, by: -1 | 1): Programme[] {
  const [item, other] = [items[index], items[index + by]]
  if (!item || !other) return [...items]
  return retimed(items.with(index, other).with(index + by, item), items[0]?.startAt)
}

export const removed = (items: readonly Programme[], index: number): Programme[] =>
  retimed(items.toSpliced(index, 1), items[0]?.startAt)

/** With a five-minute item at the end, under an id nobody has yet. */
export function appended(items: readonly Programme[], eventStartAt: string): Programme[] {
  const taken = new Set(items.map(({ id }) => id))
  let number = items.length + 1
  while (taken.has(`item-${number}`)) number++
  const item: Programme = {
    id: `item-${number}`,
    title: '新节目',
    titleEn: 'New item',
    kind: 'other',
    performers: [],
    startAt: eventStartAt,
    durationS: 300,
  }
  return retimed([...items, item], items[0]?.startAt ?? eventStartAt)
}
