import type { RoomMessage } from '@gala/contracts'
import { Alert, Button } from '@mantine/core'
import { useRef, useState } from 'react'
import { secondOfDay } from '../../format/times.js'
import { useSession } from '../session.js'
import type { PanelProps } from './panel-props.js'
import { ReasonLine } from './reason-line.js'
import { TwoStep } from './two-step.js'
import { useQuickAct } from './use-quick-act.js'

type OnMute = (of: { viewer: string; name: string }) => void

/** The newest messages. They stand still while somebody points at them: nobody is to take back the one that slid in between. */
export function MessagesPanel({ log, cannot, onDone, onRefresh, onMute }: PanelProps & { onMute: OnMute }) {
  const { api } = useSession()
  const { settings, messages } = log.now
  const { shown, newer, still, go } = useStill(messages)
  const [reason, setReason] = useState('against the rules of the room')
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set())
  const { failure, act } = useQuickAct(onDone, onRefresh)
  const list = useRef<HTMLOListElement>(null)
  const why = cannot ?? (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const retract = async ({ id, from }: RoomMessage, index: number) => {
    const params = { room: settings.room, message: id }
    const done = await act(async () => {
      await api.rooms.retract({ params, body: { reason: reason.trim() } })
      return `a message of ${from.name || from.id} is taken back`
    })
    if (!done) return
    const inside = list.current?.contains(document.activeElement)
    setGone((held) => new Set([...held, id].slice(-200)))
    // Its button goes: whoever works by keyboard goes on with the next one.
    if (inside) requestAnimationFrame(() => nextOf(list.current, index)?.focus())
  }
  return (
    <section className="panel" aria-label="Newest messages" data-testid="messages">
      <div className="row">
        <h2>Newest messages</h2>
        <span className="spacer" />
        <span className="dim">{newer > 0 ? `‖ held still, ${newer} newer` : 'newest first'}</span>
      </div>
      <ReasonLine label="Reason for taking back" testId="retract-reason" value={reason} onChange={setReason} />
      {failure && (
        <Alert color="orange" role="alert" title="Not done" my="xs">
          {failure}
        </Alert>
      )}
      {shown.length === 0 && <p className="plain dim">Nothing has been said yet.</p>}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: holds the list still, and takes no input */}
      <div
        className="messages-scroll"
        onPointerEnter={still}
        onPointerLeave={go}
        onFocus={still}
        onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || go()}
      >
        <ol className="messages" ref={list}>
          {shown.map((message, index) => (
            <Row
              key={message.id}
              message={message}
              gone={gone.has(message.id)}
              why={why}
              onRetract={() => void retract(message, index)}
              onMute={onMute}
            />
          ))}
        </ol>
      </div>
    </section>
  )
}

/** The button to take back the first message after one that can be taken back, or else the last before it. */
function nextOf(list: HTMLOListElement | null, index: number): HTMLElement | undefined {
  const rows = [...(list?.children ?? [])]
  const buttons = [...rows.slice(index + 1), ...rows.slice(0, index).toReversed()].map((row) =>
    row.querySelector<HTMLElement>('[data-testid="retract"]'),
  )
  return buttons.find((button) => button !== null) ?? undefined
}

/** What was there when somebody began to look closer, and how many have come since. */
function useStill(messages: readonly RoomMessage[]) {
  const [held, setHeld] = useState<readonly RoomMessage[]>()
  const known = new Set(held?.map(({ id }) => id))
  return {
    shown: held ?? messages,
    newer: held ? messages.filter(({ id }) => !known.has(id)).length : 0,
    still: () => setHeld((of) => of ?? messages),
    go: () => setHeld(undefined),
  }
}

function Row(props: {
  message: RoomMessage
  gone: boolean
  why: string | undefined
  onRetract: () => void
  onMute: OnMute
}) {
  const { message, gone, why, onRetract, onMute } = props
  const { id, type, from, at } = message
  const words = messageWords(message)
  const by = from.name || from.id
  const mine = type === 'chat' || type === 'gift'
  return (
    <li data-testid={`message-${id}`} data-type={type} data-gone={gone || undefined}>
      <time dateTime={new Date(at).toISOString()}>{secondOfDay(new Date(at).toISOString())}</time>
      <span className="message-text">
        <span className="tag" data-tone="quiet">
          {shapes[type]} {type}
        </span>{' '}
        <b title={from.id}>{by}</b> {gone ? <s>{words}</s> : words}{' '}
        <span className="dim">{id.slice(0, id.indexOf('.'))}</span>
      </span>
      <span className="message-acts">
        {mine && (
          <Button
            size="compact-xs"
            variant="default"
            data-testid="mute"
            aria-label={`Mute ${by}`}
            disabled={why !== undefined}
            title={why}
            onClick={() => onMute({ viewer: from.id, name: by })}
          >
            Mute…
          </Button>
        )}
        {gone && <span className="warned">✕ taken back</span>}
        {!gone && type !== 'control' && (
          <TwoStep
            label="Take back"
            sure="✕ Sure?"
            about={`${by}: ${words}`}
            testId="retract"
            disabled={why !== undefined}
            title={why}
            onSure={onRetract}
          />
        )}
      </span>
    </li>
  )
}

const shapes = { chat: '“', gift: '✦', notify: '▸', control: '◆' } as const

function messageWords({ text, gift, control }: RoomMessage): string {
  if (gift) return `${gift.kind} × ${gift.count}${text === '' ? '' : `: ${text}`}`
  return control ? `${control.act} ${control.target}` : text
}
