import type { RoomLog } from './room-log.js'

/** What every panel of the cockpit is given. */
export interface PanelProps {
  log: RoomLog
  /** Why nothing can be done now; undefined: it can. */
  cannot: string | undefined
  onDone: (said: string) => void
  onRefresh: () => Promise<void>
}
