import { levelsMax } from '@gala/contracts'
import { Alert, NativeSelect, SimpleGrid } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { levelChanged } from './changed.js'
import { ChangedPanel } from './changed-panel.js'
import { useDesk, useWhyNot } from './desk.js'
import { Dialog, hintId } from './dialog.js'
import { HoldButton } from './hold-button.js'
import { LevelPreview } from './level-preview.js'
import { ReasonInput } from './reason-input.js'
import { levelName, levelWords, placeOf, ttls } from './switch-words.js'
import { useAct } from './use-act.js'

/** Steps the platform up or back: what would change stands there before it can be held. */
export function LevelDialog({ by, onClose }: { by: 1 | -1; onClose: () => void }) {
  const { api } = useSession()
  const { board } = useDesk().log
  const [seen, setSeen] = useState(board.level)
  const [dc, setDc] = useState('')
  const [ttlMs, setTtlMs] = useState('')
  const [reason, setReason] = useState('')
  const held = seen.items.filter((item) => dc === '' || item.dc === dc).map((item) => item.level)
  const from = Math.max(0, ...held)
  const choices =
    by === 1 ? Array.from({ length: levelsMax - from }, (_, i) => from + 1 + i) : from > 0 ? [from - 1] : []
  const [wanted, setWanted] = useState<number>()
  const to = wanted !== undefined && choices.includes(wanted) ? wanted : choices[0]
  const { busy, failure, act } = useAct(onClose)
  const changed = !busy && board.level.rev !== seen.rev
  const cannot = useWhyNot()
  const hint =
    cannot ??
    (changed
      ? 'Look at what has changed first.'
      : to === undefined
        ? `It is at ${levelName(from)} there: no further this way.`
        : reason.trim() === ''
          ? 'Give a reason first.'
          : undefined)
  const send = (level: number) =>
    act(async () => {
      const body = {
        level,
        reason: reason.trim(),
        expectedRev: seen.rev,
        ...(dc !== '' && { dc }),
        ...(ttlMs !== '' && level > 0 && { ttlMs: Number(ttlMs) }),
      }
      const { data } = await api.switches.level({ body })
      return { what: `${levelName(level)} in ${placeOf(dc || null)}`, position: data.position, proposal: data.proposal }
    })
  return (
    <Dialog
      title={by === 1 ? 'Step the level up' : 'Step the level back'}
      onClose={onClose}
      failure={failure}
      hint={hint}
      wide
    >
      {changed && <ChangedPanel meanwhile={levelChanged(seen, board.level)} onAgain={() => setSeen(board.level)} />}
      <ReasonInput value={reason} onChange={setReason} />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <NativeSelect
          label="Level"
          data-testid="level-to"
          value={String(to ?? from)}
          onChange={(event) => setWanted(Number(event.currentTarget.value))}
          data={(choices.length > 0 ? choices : [from]).map((level) => ({
            value: String(level),
            label: `${levelName(level)}: ${levelWords[level]}`,
          }))}
        />
        <NativeSelect
          label="Where"
          data-testid="level-dc"
          value={dc}
          onChange={(event) => setDc(event.currentTarget.value)}
          data={[{ value: '', label: 'Everywhere' }, ...seen.items.map((item) => item.dc)]}
        />
        <NativeSelect
          label="For how long"
          data-testid="level-ttl"
          disabled={to === 0}
          value={ttlMs}
          onChange={(event) => setTtlMs(event.currentTarget.value)}
          data={ttls}
        />
      </SimpleGrid>
      {to === levelsMax && (
        <Alert color="yellow" p="xs">
          ◆ Two persons: {levelName(levelsMax)} is a proposal until another operator confirms it.
        </Alert>
      )}
      {to !== undefined && <LevelPreview level={to} dc={dc} />}
      {to !== undefined && (
        <HoldButton
          testId="hold-level"
          picked
          disabled={busy || hint !== undefined}
          describedBy={hintId}
          onHeld={() => void send(to)}
        >
          {by === 1 ? '▲' : '▼'} Hold: {levelName(to)} in {placeOf(dc || null)}
        </HoldButton>
      )}
    </Dialog>
  )
}
