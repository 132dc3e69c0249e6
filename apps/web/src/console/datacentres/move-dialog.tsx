import { Loader } from '@mantine/core'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { useAct } from '../switches/use-act.js'
import { usePolled } from '../use-polled.js'

const everyMs = 1_000
const means = {
  planned: 'Nobody can write until the other server has everything: some hundred milliseconds, then nothing is lost.',
  emergency:
    '▲ The other server takes over with what it has. What only the lost one had is lost, unless it comes back and is looked through.',
}

/** Moves the writer, after showing what that needs and costs. */
export function MoveDialog({ to, onClose }: { to: string; onClose: () => void }) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.datacentres.preview({ query: { to } }, { signal })).data,
    [api, to],
  )
  const { value: preview, failure: unread } = usePolled(ask, everyMs)
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const cannot = useWhyNot()
  const mode = preview?.mode ?? undefined
  const hint =
    cannot ?? (mode ? (reason.trim() === '' ? 'Give a reason first.' : undefined) : 'It cannot be done now: see above.')
  const send = () =>
    act(async () => {
      if (!preview || !mode) return undefined
      const body = { to, mode, reason: reason.trim(), expectedToken: preview.token }
      await api.datacentres.moveWriter({ body })
      return undefined
    })
  return (
    <Dialog
      title={`Move the writer to ${to}`}
      onClose={onClose}
      failure={failure ?? unread}
      hint={busy ? 'Moving…' : hint}
    >
      {!preview && !unread && <Loader role="status" aria-label="Loading" />}
      {preview?.checks.map(({ name, ok, detail }) => (
        <div className="fact check" key={name} data-testid={`check-${name.replaceAll(' ', '-')}`}>
          <span className="dim">{name}</span>
          <b className={ok ? '' : 'warned'}>{ok ? '● yes' : '▲ no'}</b>
          <span>{detail}</span>
        </div>
      ))}
      {mode && <p className="plain">{means[mode]}</p>}
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId="hold-move"
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void send()}
      >
        Hold: {mode === 'emergency' ? 'take over' : 'move'} {preview?.from ? `from ${preview.from} ` : ''}to {to}
      </HoldButton>
    </Dialog>
  )
}
