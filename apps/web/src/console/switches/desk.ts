import type { Proposal, Switchboard } from '@gala/contracts'
import { createContext, useContext } from 'react'
import { mayEdit, useSession } from '../session.js'
import { useNow } from '../use-fleet.js'
import type { BoardLog } from './board-log.js'

/** What came of the last act from this page. */
export interface Outcome {
  /** In words: `stats on static in dc-b`. */
  what: string
  position: number
  /** Not null: nothing has changed yet. */
  proposal: Proposal | null
}

/** What pages about switches share. */
export interface SwitchDesk {
  log: BoardLog
  /** Asks for the board at once; undefined when it does not come. */
  refresh(): Promise<Switchboard | undefined>
  outcome: Outcome | undefined
  tell(outcome: Outcome | undefined): void
  /** Names of acts that are undone, and of those that have undone them. */
  undone: ReadonlySet<string>
  markUndone(names: readonly string[]): void
}

export const DeskContext = createContext<SwitchDesk | null>(null)

export function useDesk(): SwitchDesk {
  const desk = useContext(DeskContext)
  if (!desk) throw new Error('this stands outside a desk')
  return desk
}

/** A board comes each second, by polling each two; one as old as this says that neither does. */
export const lostAfterMs = 5_000

/** How old the board is, in milliseconds. */
export function useBoardAge(): number {
  return Math.max(0, useNow() - useDesk().log.atMs)
}

/** The server's clock, as far as the newest board tells: countdowns do not depend on how this machine's is set. */
export function useServerNow(): number {
  const { board } = useDesk().log
  return Date.parse(board.asOf) + useBoardAge()
}

/** Why nothing can be done from here right now; undefined when it can. */
export function useWhyNot(): string | undefined {
  const session = useSession()
  const ageMs = useBoardAge()
  if (!mayEdit(session)) return 'Your role is viewer: you can look, but not act.'
  if (ageMs > lostAfterMs) return 'The link is gone: nobody can see what an act would do.'
  return undefined
}
