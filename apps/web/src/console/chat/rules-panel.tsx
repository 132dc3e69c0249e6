import { Button } from '@mantine/core'
import { useState } from 'react'
import type { PanelProps } from './panel-props.js'
import { settingWords } from './setting-words.js'
import { SettingsDialog } from './settings-dialog.js'

/** Whether viewers may write, how often, and what becomes of words; and the way to change that. */
export function RulesPanel(props: PanelProps) {
  const { log, cannot } = props
  const [changing, setChanging] = useState(false)
  return (
    <section className="panel" aria-label="Rules of the room" data-testid="room-rules">
      <div className="row">
        <h2>Rules of the room</h2>
        <span className="spacer" />
        <Button
          size="compact-sm"
          variant="default"
          data-testid="change-rules"
          disabled={cannot !== undefined}
          title={cannot}
          onClick={() => setChanging(true)}
        >
          Change…
        </Button>
      </div>
      <ul className="plain">
        {settingWords(log.now.settings).map(({ shape, word, quiet }) => (
          <li key={shape} className={quiet ? undefined : 'warned'}>
            <span aria-hidden>{shape}</span> {word}
          </li>
        ))}
      </ul>
      {changing && <SettingsDialog {...props} onClose={() => setChanging(false)} />}
    </section>
  )
}
