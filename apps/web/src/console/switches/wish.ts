import type { Rung } from '@gala/contracts'

/** Whom and how long an order holds for, as it is typed. */
export interface Wish {
  reason: string
  dc: string
  percent: number
  clientBelow: string
  ttlMs: string
}

export const blankWish: Wish = { reason: '', dc: '', percent: 100, clientBelow: '', ttlMs: '' }

const version = /^\d{1,5}(\.\d{1,5}){0,2}$/

/** Why the API would not take the wish; undefined: it would. */
export function flaw({ reason, percent, clientBelow }: Wish): string | undefined {
  if (reason.trim() === '') return 'Give a reason first.'
  if (!(percent >= 1 && percent <= 100)) return 'The share of viewers goes from 1 to 100 %.'
  if (clientBelow !== '' && !version.test(clientBelow)) return 'A client version looks like 2.1.0.'
  return undefined
}

/** The wish as the API takes it. */
export function orderBody(wish: Wish, state: 'auto' | Rung, expectedRev: number) {
  const { dc, percent, clientBelow, ttlMs } = wish
  const scope = {
    ...(dc !== '' && { dc }),
    // Whom a release is for is not a question: it ends the order.
    ...(state !== 'auto' && percent < 100 && { percent }),
    ...(state !== 'auto' && clientBelow !== '' && { clientBelow }),
  }
  return {
    state,
    reason: wish.reason.trim(),
    expectedRev,
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(state !== 'auto' && ttlMs !== '' && { ttlMs: Number(ttlMs) }),
  }
}
