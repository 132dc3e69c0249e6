import type { NewMessage } from '@gala/rooms'

/**
 * Where a gift is paid for. It is booked before anybody sees it; the built-in book is the room's own lane and log, where it is
 * written down by being accepted. A team that keeps accounts puts its own in front.
 */
export interface GiftBook {
  /**
   * Resolves once the gift is booked. The same (room, client, seq) again books nothing more: the gift may be asked for again when it
   * could not be shown. @throws AppError when it is not to be shown.
   */
  book(room: string, gift: NewMessage): Promise<void>
}

export const GIFT_BOOK = Symbol('GIFT_BOOK')

export const laneIsTheBook: GiftBook = { book: async () => {} }
