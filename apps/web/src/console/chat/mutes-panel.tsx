import type { Mute } from '@gala/contracts'
import { Alert, Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { span } from '../../format/times.js'
import { useSession } from '../session.js'
import { useServerNow } from '../switches/desk.js'
import type { PanelProps } from './panel-props.js'
import { TwoStep } from './two-step.js'
import { useQuickAct } from './use-quick-act.js'

/** Who may not write, for how long still, and the way to let them write again. */
export function MutesPanel(
  props: PanelProps & {
    onMute: (of: { viewer: string; name: string }) => void
  },
) {
  const { log, cannot, onDone, onRefresh, onMute } = props
  const { api } = useSession()
  const { settings, mutes } = log.now
  const nowMs = useServerNow()
  const [viewer, setViewer] = useState('')
  const { busy, failure, act } = useQuickAct(onDone, onRefresh)
  const release = (of: Mute) =>
    act(async () => {
      const params = { room: settings.room, viewer: of.viewer }
      await api.rooms.mute({ params, body: { seconds: 0, reason: 'released in the cockpit' } })
      return `${of.viewer} may write again`
    })
  const muted = () => {
    const id = viewer.trim()
    if (id === '' || cannot) return
    onMute({ viewer: id, name: id })
    setViewer('')
  }
  return (
    <section className="panel" aria-label="Muted viewers" data-testid="mutes">
      <h2>Muted viewers ({mutes.length})</h2>
      {failure && (
        <Alert color="orange" role="alert" title="Not done" my="xs">
          {failure}
        </Alert>
      )}
      <ul className="mutes">
        {mutes.map((mute) => (
          <li key={mute.viewer} data-testid={`mute-of-${mute.viewer}`}>
            <span className="message-text">
              <b>{mute.viewer}</b> <span className="warned">✕ {span(Date.parse(mute.until) - nowMs)} left</span>{' '}
              <span className="dim">
                {mute.actor}: “{mute.reason}”
              </span>
            </span>
            <TwoStep
              label="Release"
              sure="○ Sure?"
              about={mute.viewer}
              testId="release"
              disabled={busy || cannot !== undefined}
              title={cannot}
              onSure={() => void release(mute)}
            />
          </li>
        ))}
      </ul>
      <form
        className="row chat-form"
        onSubmit={(event) => {
          event.preventDefault()
          muted()
        }}
      >
        <TextInput
          size="xs"
          className="grows"
          aria-label="Id of a viewer"
          placeholder="Id of a viewer"
          data-testid="mute-viewer"
          autoComplete="off"
          maxLength={120}
          value={viewer}
          onChange={(event) => setViewer(event.currentTarget.value)}
        />
        <Button size="xs" variant="default" type="submit" disabled={cannot !== undefined || viewer.trim() === ''}>
          Mute…
        </Button>
      </form>
    </section>
  )
}
