import type { Rung } from '@gala/contracts'
import type { Act, LevelItem } from './board-log.js'
import type { Order } from './switch-words.js'

/** One write of an undo; `dc` null: every data centre. */
export interface UndoStep {
  state: 'auto' | Rung
  dc: string | null
  percent: number
  clientBelow: string | null
  /** What is left of the order that comes back; undefined: it does not end by itself. */
  ttlMs: number | undefined
}

/** Below what the API takes for an order, an order has as good as ended. */
const ttlMinMs = 1_000

/**
 * The writes that lead from the orders in force `now` back to those `before`. An order for every data centre takes the
 * place of those for single ones, so it comes first, and those that stood beside it come after it.
 */
export function undoSteps(before: readonly Order[], now: readonly Order[], nowMs: number): UndoStep[] {
  const back = before.filter((order) => leftMs(order, nowMs) >= ttlMinMs)
  const [was, is] = [at(back, null), at(now, null)]
  const everywhere = same(was, is) ? [] : [was ? put(was, nowMs) : release(null)]
  const kept = everywhere.length > 0 ? [] : now
  const single = [...new Set([...back, ...kept].flatMap(({ dc }) => dc ?? []))].flatMap((dc) => {
    const [then, there] = [at(back, dc), at(kept, dc)]
    if (same(then, there)) return []
    return [then ? put(then, nowMs) : release(dc)]
  })
  return [...everywhere, ...single]
}

/** Where an undo of a level leads: one step at a time on the way back. undefined: it is back already. */
export function levelUndo(
  before: readonly LevelItem[],
  now: readonly LevelItem[],
): { level: number; dc: string | null } | undefined {
  const changed = now.flatMap(({ dc, level }) => {
    const then = before.find((item) => item.dc === dc)?.level ?? level
    return then === level ? [] : [{ dc, level: Math.max(then, level - 1) }]
  })
  const [first] = changed
  if (!first) return undefined
  const all = changed.length === now.length && changed.every(({ level }) => level === first.level)
  return all ? { level: first.level, dc: null } : first
}

/** The newest act that nobody has undone. `undone` holds `act` names. */
export const lastAct = (acts: readonly Act[], undone: ReadonlySet<string>): Act | undefined =>
  acts.find((act) => !undone.has(actName(act)))

export const actName = (act: { of: 'switch'; key: string; rev: number } | { of: 'level'; rev: number }) =>
  act.of === 'switch' ? `${act.key}:${act.rev}` : `level:${act.rev}`

const at = (orders: readonly Order[], dc: string | null) => orders.find((order) => order.dc === dc)
const same = (a: Order | undefined, b: Order | undefined) => a?.position === b?.position
const leftMs = ({ expiresAt }: Order, nowMs: number) => (expiresAt === null ? Infinity : Date.parse(expiresAt) - nowMs)

const release = (dc: string | null): UndoStep => ({
  state: 'auto',
  dc,
  percent: 100,
  clientBelow: null,
  ttlMs: undefined,
})

function put(order: Order, nowMs: number): UndoStep {
  const { state, dc, percent, clientBelow } = order
  const ttlMs = order.expiresAt === null ? undefined : Math.floor(leftMs(order, nowMs))
  return { state, dc, percent, clientBelow, ttlMs }
}
