import { type RoomSettings, wordActs } from '@gala/contracts'
import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { HeldAct } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import type { PanelProps } from './panel-props.js'
import { actWords, settingsChanged } from './setting-words.js'

const slowChoices = [0, 3, 5, 10, 15, 30, 60, 120, 300]

type Draft = Pick<RoomSettings, 'onHit' | 'slowS' | 'chat'>

/** Sets the rules of a room, against the version they were read at. */
export function SettingsDialog({ log, onDone, onRefresh, onClose }: PanelProps & { onClose: () => void }) {
  const { api } = useSession()
  const now = log.now.settings
  const [seen, setSeen] = useState(now)
  const [draft, setDraft] = useState<Partial<Draft>>({})
  const acting = useAct(onClose)
  const wanted = { ...seen, ...draft }
  const changed = !acting.busy && now.version !== seen.version
  const edit = Object.fromEntries(
    (['onHit', 'slowS', 'chat'] as const).flatMap((field) =>
      wanted[field] === seen[field] ? [] : [[field, wanted[field]]],
    ),
  )
  return (
    <HeldAct
      title={`Rules of ${log.now.title}`}
      hold="◆ Hold: set it"
      testId="hold-rules"
      flaw={Object.keys(edit).length === 0 ? 'Nothing is changed yet.' : undefined}
      acting={acting}
      meanwhile={changed ? settingsChanged(seen, now) : undefined}
      onAgain={() => setSeen(now)}
      send={async (reason) => {
        const body = { ...edit, expectedVersion: seen.version, reason }
        await api.rooms.save({ params: { room: seen.room }, body })
        return 'the rules are set'
      }}
      {...{ onDone, onRefresh, onClose }}
    >
      <Fields wanted={wanted} onChange={(over) => setDraft((held) => ({ ...held, ...over }))} />
    </HeldAct>
  )
}

function Fields({ wanted, onChange }: { wanted: Draft; onChange: (over: Partial<Draft>) => void }) {
  const choices = [...new Set([...slowChoices, wanted.slowS])].toSorted((a, b) => a - b)
  return (
    <>
      <NativeSelect
        label="Who may write"
        data-testid="rule-chat"
        value={wanted.chat ? 'all' : 'nobody'}
        onChange={(event) => onChange({ chat: event.currentTarget.value === 'all' })}
        data={[
          { value: 'all', label: '● Viewers may write' },
          { value: 'nobody', label: '✕ Nobody may write; gifts and announcements go on' },
        ]}
      />
      <NativeSelect
        label="Slow mode"
        data-testid="rule-slow"
        value={String(wanted.slowS)}
        onChange={(event) => onChange({ slowS: Number(event.currentTarget.value) })}
        data={choices.map((slowS) => ({
          value: String(slowS),
          label: slowS === 0 ? '○ Off' : `◔ A viewer writes once in ${slowS} s`,
        }))}
      />
      <NativeSelect
        label="Words on a list that leaves it to the room"
        data-testid="rule-hit"
        value={wanted.onHit}
        onChange={(event) => {
          const onHit = wordActs.find((act) => act === event.currentTarget.value)
          if (onHit) onChange({ onHit })
        }}
        data={wordActs.map((act) => ({ value: act, label: `⚑ Texts with them are ${actWords[act]}` }))}
      />
    </>
  )
}
