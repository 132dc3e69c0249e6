/** What a gift is worth, all of it, in the smallest unit, for each priority from 1 up: ten, a hundred, … of the currency. */
const worthFrom = [0, 1_000, 10_000, 100_000, 1_000_000]

/** Of what a viewer writes. Gifts have 1 to 5, by what they are worth; what the platform says is above them. */
export const chatPriority = 0

export const giftPriority = (value: number, count: number): number =>
  worthFrom.findLastIndex((from) => value * count >= from) + 1
