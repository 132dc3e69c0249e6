import { useEffect, useState } from 'react'
import { api } from '../api.js'

export interface GiftItem {
  kind: string
  title: string
  value: number
}

/** What can be given; empty until it is known. The page goes on without. */
export function useGifts(): readonly GiftItem[] {
  const [gifts, setGifts] = useState<readonly GiftItem[]>([])
  useEffect(() => {
    const ended = new AbortController()
    api.rooms.gifts({}, { signal: ended.signal }).then(
      ({ data }) => setGifts(data.items),
      () => {},
    )
    return () => ended.abort()
  }, [])
  return gifts
}

export const giftTitle = (gifts: readonly GiftItem[], kind: string): string =>
  gifts.find((gift) => gift.kind === kind)?.title ?? kind
