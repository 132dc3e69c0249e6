import { levelsMax } from '@gala/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useDesk, useServerNow, useWhyNot } from '../switches/desk.js'
import { LevelDialog } from '../switches/level-dialog.js'
import { levelsOf } from '../switches/switch-figures.js'
import { leftOf, levelName, levelWords } from '../switches/switch-words.js'

/** The level of the platform, of each data centre when they differ, and the steps up and back. */
export function LevelPanel() {
  const { board } = useDesk().log
  const { items } = board.level
  const { highest, differ } = levelsOf(board)
  const cannot = useWhyNot()
  const [by, setBy] = useState<1 | -1>()
  const lines = differ ? items : items.slice(0, 1).map((item) => ({ ...item, dc: 'all' }))
  return (
    <section className="panel level" aria-label="Level">
      <div className="row">
        <h2>Level</h2>
        <span className="spacer" />
        <Button
          size="compact-sm"
          data-testid="level-up"
          disabled={cannot !== undefined || highest === levelsMax}
          title={cannot}
          onClick={() => setBy(1)}
        >
          ▲ Step up…
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          data-testid="level-back"
          disabled={cannot !== undefined || highest === 0}
          title={cannot}
          onClick={() => setBy(-1)}
        >
          ▼ Step back…
        </Button>
      </div>
      {lines.map(({ dc, level, order }) => (
        <LevelLine key={dc} dc={differ ? dc : ''} level={level} order={order} />
      ))}
      {by && <LevelDialog by={by} onClose={() => setBy(undefined)} />}
    </section>
  )
}

function LevelLine(props: {
  dc: string
  level: number
  order: { actor: string; reason: string; expiresAt: string | null } | null
}) {
  const { dc, level, order } = props
  const nowMs = useServerNow()
  return (
    <div className="level-line">
      <ol
        className="steps"
        data-testid={`level-${dc || 'all'}`}
        data-level={level}
        aria-label={`${dc} at ${levelName(level)}`}
      >
        {dc !== '' && <li className="steps-dc">{dc}</li>}
        {levelWords.map((words, step) => (
          <li key={words} data-on={step === level || undefined} data-passed={step < level || undefined} title={words}>
            {levelName(step)}
          </li>
        ))}
      </ol>
      <span className="cut dim">
        {order ? `${order.actor}: “${order.reason}” ${leftOf(order, nowMs)}` : levelWords[level]}
      </span>
    </div>
  )
}
