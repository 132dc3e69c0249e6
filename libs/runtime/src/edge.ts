/**
 * For the edge: keep it for the rest of this second. nginx counts cache time in whole seconds and keeps a `max-age=1`
 * answer for up to two; an absolute time keeps it for one at most.
 */
export const endOfSecond = (nowMs: number) => `@${Math.floor(nowMs / 1000)}`
