/**
 * For the edge: keep it for the rest of this second. nginx counts cache time in whole seconds and keeps a `max-age=1`
 * answer for up to two; an absolute time keeps it for one at most.
 */
export function endOfSecond(nowMs: number): string {
  const second = Math.floor(nowMs / 1000)
  if (second !== last.second) last = { second, end: `@${second}` }
  return last.end
}

let last = { second: 0, end: '@0' }
