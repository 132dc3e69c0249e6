import type { RoomMessage } from '@gala/contracts'

/** A gift has no text: its number is how many are given. */
const giftsMax = 9_999

/** What a sender says with a number of its own, so that it is known again by whatever id it is shown. */
export const textOf = (seq: number, characters: number) =>
  `${seq}|${'今晚真的太好看了 and that stage '.repeat(10)}`.slice(0, characters)

export const giftCountOf = (seq: number) => (seq % giftsMax) + 1

/** Undefined when no sender of ours has said it. */
export function seqOf({ text, gift }: Pick<RoomMessage, 'text' | 'gift'>): number | undefined {
  if (gift) return gift.count - 1
  const [number = ''] = text.split('|')
  return /^\d+$/.test(number) ? Number(number) : undefined
}
