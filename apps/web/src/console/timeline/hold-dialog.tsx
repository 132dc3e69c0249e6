import { useSession } from '../session.js'
import { ActDialog, type ActProps } from './act-dialog.js'

/** Holds the timeline, or lets it go on. */
export function HoldDialog(props: ActProps) {
  const { timeline } = props
  const { api } = useSession()
  const held = timeline.held === null
  return (
    <ActDialog
      {...props}
      title={held ? 'Hold the timeline' : 'Let the timeline go on'}
      hold={held ? '‖ Hold: nothing more begins' : '▶ Hold: go on'}
      testId="hold-hold"
      send={async (body) => {
        await api.timeline.hold({ params: { id: timeline.event.id }, body: { held, ...body } })
        return held ? 'the timeline is held' : 'the timeline goes on'
      }}
    >
      <p className="plain">
        {held
          ? 'Nothing of it begins until somebody lets it go on. What runs is run to its end.'
          : 'Steps whose time has passed meanwhile are due at once, or missed, as each of them says.'}
      </p>
    </ActDialog>
  )
}
