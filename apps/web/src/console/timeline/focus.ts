import { isMissed } from '../jobs/slot-words.js'
import type { BoardSlot } from '../jobs/use-board.js'

export interface Focus {
  missed: BoardSlot[]
  running: BoardSlot[]
  next: BoardSlot[]
  last: BoardSlot[]
}

/** The slots of a board by what an operator looks for. Newest first what has ended, soonest first what is ahead. */
export function focusOf(slots: readonly BoardSlot[]): Focus {
  const focus: Focus = { missed: [], running: [], next: [], last: [] }
  for (const slot of slots) {
    if (isMissed(slot)) focus.missed.push(slot)
    else if (slot.state === 'running' || slot.state === 'leased') focus.running.push(slot)
    else if (slot.state === 'due') focus.next.push(slot)
    else focus.last.push(slot)
  }
  const by = (of: (slot: BoardSlot) => string) => (a: BoardSlot, b: BoardSlot) => Date.parse(of(a)) - Date.parse(of(b))
  focus.missed.sort(by(({ at }) => at))
  focus.running.sort(by(({ at }) => at))
  focus.next.sort(by(({ runAt }) => runAt))
  focus.last.sort(by(({ endedAt, at }) => endedAt ?? at)).reverse()
  return focus
}
