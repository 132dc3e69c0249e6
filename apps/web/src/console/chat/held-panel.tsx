import type { HeldMessage } from '@gala/contracts'
import { Alert, Button } from '@mantine/core'
import { type KeyboardEvent, useRef, useState } from 'react'
import { span } from '../../format/times.js'
import { useSession } from '../session.js'
import { useServerNow } from '../switches/desk.js'
import type { PanelProps } from './panel-props.js'
import { ReasonLine } from './reason-line.js'
import { useQuickAct } from './use-quick-act.js'

type Decision = 'show' | 'refuse'

/** As many as fit; the others move up as these are decided on. */
const shownMax = 12

/** Messages that wait for an operator, the oldest first: each is shown or refused, by mouse or by single keys. */
export function HeldPanel({ log, cannot, onDone, onRefresh }: PanelProps) {
  const { api } = useSession()
  const { settings, held } = log.now
  const [reason, setReason] = useState('looked at in the cockpit')
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set())
  const { failure, act } = useQuickAct(onDone, onRefresh)
  const list = useRef<HTMLOListElement>(null)
  const why = cannot ?? (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const waiting = held.filter(({ message }) => !decided.has(message.id))
  const focusOn = (index: number) => {
    const items = list.current?.querySelectorAll<HTMLElement>('[data-held]') ?? []
    items[Math.max(0, Math.min(index, items.length - 1))]?.focus()
  }
  const decide = async ({ message }: HeldMessage, index: number, decision: Decision) => {
    if (why) return
    // It leaves at once, so that the next one can be decided on while this is under way; refused, it comes back.
    setDecided((of) => new Set([...of, message.id].slice(-500)))
    requestAnimationFrame(() => focusOn(index))
    const done = await act(async () => {
      const params = { room: settings.room, message: message.id }
      await api.rooms.decide({ params, body: { decision, reason: reason.trim() } })
      return `a message of ${message.from.name || message.from.id} is ${decision === 'show' ? 'shown' : 'refused'}`
    })
    if (!done) setDecided((of) => new Set([...of].filter((id) => id !== message.id)))
  }
  const onKey = (event: KeyboardEvent, item: HeldMessage, index: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const decision = ({ s: 'show', r: 'refuse' } as const)[event.key.toLowerCase()]
    if (step === undefined && !decision) return
    event.preventDefault()
    if (step !== undefined) focusOn(index + step)
    else if (decision) void decide(item, index, decision)
  }
  if (held.length === 0 && !failure) return null
  return (
    <section className="panel chat-held" aria-label="Held messages" data-testid="held">
      <div className="row">
        <h2>
          ⚑ Held messages (<span data-testid="held-count">{waiting.length}</span>)
        </h2>
        <span className="spacer" />
        <span className="dim" id="held-keys">
          ↑ ↓ go · S shows · R refuses
        </span>
      </div>
      <ReasonLine label="Reason for either" testId="held-reason" value={reason} onChange={setReason} />
      {failure && (
        <Alert color="orange" role="alert" title="Not done" my="xs">
          {failure}
        </Alert>
      )}
      <ol className="messages" ref={list}>
        {waiting.slice(0, shownMax).map((item, index) => (
          <HeldRow
            key={item.message.id}
            item={item}
            why={why}
            onKey={(event) => onKey(event, item, index)}
            onDecide={(decision) => void decide(item, index, decision)}
          />
        ))}
      </ol>
      {waiting.length > shownMax && <p className="plain dim">and {waiting.length - shownMax} more</p>}
    </section>
  )
}

function HeldRow(props: {
  item: HeldMessage
  why: string | undefined
  onKey: (event: KeyboardEvent) => void
  onDecide: (decision: Decision) => void
}) {
  const { item, why, onKey, onDecide } = props
  const { message, words, dc } = item
  const nowMs = useServerNow()
  const by = message.from.name || message.from.id
  return (
    <li data-testid={`held-${message.id}`} onKeyDown={onKey}>
      <span className="dim">{span(nowMs - message.at)}</span>
      <span className="message-text">
        <b title={message.from.id}>{by}</b> <Marked text={message.text} words={words} />{' '}
        <span className="dim">
          {dc}, for {words.join(', ')}
        </span>
      </span>
      <span className="message-acts">
        <Button
          size="compact-xs"
          variant="default"
          data-held
          data-testid="held-show"
          aria-label={`Show: ${by}: ${message.text}`}
          aria-describedby="held-keys"
          disabled={why !== undefined}
          title={why}
          onClick={() => onDecide('show')}
        >
          ● Show
        </Button>
        <Button
          size="compact-xs"
          variant="default"
          data-testid="held-refuse"
          aria-label={`Refuse: ${by}: ${message.text}`}
          disabled={why !== undefined}
          title={why}
          onClick={() => onDecide('refuse')}
        >
          ✕ Refuse
        </Button>
      </span>
    </li>
  )
}

/** The text with what the lists have against it marked, as far as it stands there letter by letter. */
function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const at = words
    .flatMap((word) => {
      const from = text.toLowerCase().indexOf(word.toLowerCase())
      return from < 0 ? [] : [{ from, to: from + word.length }]
    })
    .toSorted((a, b) => a.from - b.from)[0]
  if (!at) return <>{text}</>
  return (
    <>
      {text.slice(0, at.from)}
      <mark>{text.slice(at.from, at.to)}</mark>
      {text.slice(at.to)}
    </>
  )
}
