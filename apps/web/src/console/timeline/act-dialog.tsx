import type { Timeline } from '@gala/contracts'
import { HeldAct, type HeldActLook } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import { useSeen } from './use-seen.js'

/** What every act on a timeline is sent with. */
export interface Given {
  reason: string
  expectedVersion: number
}

/** What dialogs on the timeline page are given. */
export interface ActProps {
  /** The newest there is. */
  timeline: Timeline
  /** Called with what was done, in words. */
  onDone: (said: string) => void
  /** Asks for the timeline again. */
  onRefresh: () => Promise<void>
  onClose: () => void
}

/** One act on a timeline. Somebody else's change has to be looked at before. */
export function ActDialog(props: ActProps & HeldActLook & { send: (given: Given) => Promise<string> }) {
  const { timeline, send, ...look } = props
  const acting = useAct(props.onClose)
  const { seen, meanwhile, again } = useSeen(timeline, acting.busy)
  return (
    <HeldAct
      {...look}
      acting={acting}
      meanwhile={meanwhile}
      onAgain={again}
      send={(reason) => send({ reason, expectedVersion: seen.version })}
    />
  )
}
