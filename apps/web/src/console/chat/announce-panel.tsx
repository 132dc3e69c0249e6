import { textMax } from '@gala/contracts'
import { Alert, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useId, useState } from 'react'
import { lengthWords } from '../../format/times.js'
import { useSession } from '../session.js'
import { HoldButton } from '../switches/hold-button.js'
import type { PanelProps } from './panel-props.js'
import { useQuickAct } from './use-quick-act.js'

const choicesS = [30, 120, 600, 3_600]

/** Says something as the platform, with a look at what viewers will see. */
export function AnnouncePanel({ log, cannot, onDone, onRefresh }: PanelProps) {
  const { api } = useSession()
  const { settings } = log.now
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const [everywhere, setEverywhere] = useState(false)
  const [ttlS, setTtlS] = useState(600)
  const { busy, failure, act } = useQuickAct(onDone, onRefresh)
  const hintId = useId()
  const said = text.trim()
  const hint =
    cannot ??
    (busy ? 'Under way…' : undefined) ??
    (said === '' ? 'Write something first.' : undefined) ??
    (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const say = async () => {
    const done = await act(async () => {
      const to = everywhere ? ({ kind: 'platform' } as const) : ({ kind: 'room', room: settings.room } as const)
      const { rooms } = (await api.rooms.announce({ body: { to, text: said, ttlS, reason: reason.trim() } })).data
      return `said in ${rooms === 1 ? 'one room' : `${rooms} rooms`}`
    })
    if (done) setText('')
  }
  return (
    <section className="panel announce" aria-label="Announcement" data-testid="announce">
      <h2>Announcement</h2>
      <Textarea
        size="xs"
        label="Text"
        data-testid="announce-text"
        autosize
        minRows={2}
        maxRows={5}
        maxLength={textMax}
        value={text}
        description={`${text.length} of ${textMax}`}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className="announce-fields">
        <NativeSelect
          size="xs"
          label="In"
          data-testid="announce-to"
          value={everywhere ? 'all' : 'room'}
          onChange={(event) => setEverywhere(event.currentTarget.value === 'all')}
          data={[
            { value: 'room', label: 'this room' },
            { value: 'all', label: 'every room with somebody in it' },
          ]}
        />
        <NativeSelect
          size="xs"
          label="Worth showing for"
          value={String(ttlS)}
          onChange={(event) => setTtlS(Number(event.currentTarget.value))}
          data={choicesS.map((s) => ({ value: String(s), label: lengthWords(s * 1000) }))}
        />
        <TextInput
          size="xs"
          label="Reason"
          data-testid="announce-reason"
          placeholder="For the audit"
          autoComplete="off"
          maxLength={400}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      <p className="announce-preview" data-testid="announce-preview">
        <span className="tag" data-tone="asks">
          ▸ Gala
        </span>{' '}
        {said === '' ? <span className="dim">as viewers will see it</span> : said}
      </p>
      {failure && (
        <Alert color="orange" role="alert" title="Not said" my="xs">
          {failure}
        </Alert>
      )}
      <HoldButton testId="hold-announce" disabled={hint !== undefined} describedBy={hintId} onHeld={() => void say()}>
        ▸ Hold: say it
      </HoldButton>
      <p className="hint" id={hintId}>
        {hint ?? 'Press and hold for 0.8 s.'}
      </p>
    </section>
  )
}
