import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { lengthWords } from '../../format/times.js'
import { useSession } from '../session.js'
import { HeldAct } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import type { PanelProps } from './panel-props.js'

const choicesS = [60, 600, 3_600, 86_400, 604_800]

/** Keeps one viewer from writing in the room for a time. */
export function MuteDialog(
  props: Pick<PanelProps, 'log' | 'onDone' | 'onRefresh'> & { viewer: string; name: string; onClose: () => void },
) {
  const { log, viewer, name, onDone, onRefresh, onClose } = props
  const { api } = useSession()
  const [seconds, setSeconds] = useState(600)
  return (
    <HeldAct
      title={`Mute ${name}`}
      hold={`✕ Hold: mute for ${lengthWords(seconds * 1000)}`}
      testId="hold-mute"
      acting={useAct(onClose)}
      meanwhile={undefined}
      onAgain={() => {}}
      send={async (reason) => {
        const params = { room: log.now.settings.room, viewer }
        await api.rooms.mute({ params, body: { seconds, reason } })
        return `${name} is muted`
      }}
      {...{ onDone, onRefresh, onClose }}
    >
      <p className="plain">
        <code>{viewer}</code> reads on, and is told that this viewer may not write. What was said before stays.
      </p>
      <NativeSelect
        label="For how long"
        data-testid="mute-for"
        value={String(seconds)}
        onChange={(event) => setSeconds(Number(event.currentTarget.value))}
        data={choicesS.map((s) => ({ value: String(s), label: lengthWords(s * 1000) }))}
      />
    </HeldAct>
  )
}
