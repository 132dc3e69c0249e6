import type { Definition, Move, SlotRow } from './ledger.js'

/**
 * Handed out and not begun: what is more waits in the ledger, where it does not grow old. A queue that is longer than what can be begun
 * before its end is taken for lost brings nothing but attempts that are out of date.
 */
const outMax = 100

/** Steps of timelines first, then what has waited longest. */
export function noMoreOut(moves: Move[], open: readonly SlotRow[], jobs: readonly Definition[]): Move[] {
  const leases = moves.filter(({ set }) => set.state === 'leased')
  const again = leases.filter(({ from }) => from.state === 'leased').length
  const room = outMax - open.filter(({ state }) => state === 'leased').length + again
  if (leases.length <= room) return moves
  const steps = new Set(jobs.flatMap(({ id, step }) => (step === null ? [] : [id])))
  const rank = ({ key }: Move) => (steps.has(key.job) ? 0 : 1)
  const kept = new Set(
    leases.toSorted((a, b) => rank(a) - rank(b) || a.key.atMs - b.key.atMs).slice(0, Math.max(0, room)),
  )
  return moves.filter((move) => move.set.state !== 'leased' || kept.has(move))
}
