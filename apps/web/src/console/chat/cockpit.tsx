import { Alert, Loader, Stack, Title } from '@mantine/core'
import { useState } from 'react'
import { whole } from '../../format/amounts.js'
import { Asked } from '../asked.js'
import { useCannot } from '../use-cannot.js'
import { AnnouncePanel } from './announce-panel.js'
import { DcCard } from './dc-card.js'
import { HeldPanel } from './held-panel.js'
import { MessagesPanel } from './messages-panel.js'
import { MuteDialog } from './mute-dialog.js'
import { MutesPanel } from './mutes-panel.js'
import type { PanelProps } from './panel-props.js'
import { roomFigures } from './room-figures.js'
import type { RoomLog } from './room-log.js'
import { RulesPanel } from './rules-panel.js'
import { cockpitEveryMs, useCockpit } from './use-cockpit.js'

/** One room while it runs: what goes on in it, and the means to keep it in order. */
export function Cockpit({ room }: { room: string }) {
  const { value: log, atMs, failure, refresh } = useCockpit(room)
  const cannot = useCannot(atMs)
  const [said, setSaid] = useState('')
  return (
    <Stack gap="sm">
      <a href="#chat" className="back">
        ← All rooms
      </a>
      {failure && (
        <Alert color="orange" role="alert" title="The room cannot be read">
          {failure}
        </Alert>
      )}
      {!log && !failure && <Loader role="status" aria-label="Loading" />}
      {log && (
        <>
          <div className="row">
            <Head log={log} />
            <span className="spacer" />
            <span role="status" data-testid="said">
              {said && `✓ ${said}`}
            </span>
            <Asked atMs={atMs} everyS={cockpitEveryMs / 1000} />
          </div>
          {cannot && <p className="cannot">○ {cannot}</p>}
          <Panels log={log} cannot={cannot} onDone={setSaid} onRefresh={refresh} />
        </>
      )}
    </Stack>
  )
}

function Head({ log: { now } }: { log: RoomLog }) {
  const { viewers } = roomFigures(now)
  return (
    <div>
      <Title order={1} size="h3">
        {now.title}
      </Title>
      <span className="dim">
        {now.open ? '● open' : '○ closed'} · {now.settings.room} ·{' '}
        <b data-testid="viewers" data-count={viewers}>
          {whole(viewers)} viewers
        </b>
      </span>
    </div>
  )
}

function Panels(props: PanelProps) {
  const { log } = props
  const [muting, setMuting] = useState<{ viewer: string; name: string }>()
  return (
    <div className="cockpit">
      <div className="cockpit-talk">
        <HeldPanel {...props} />
        <MessagesPanel {...props} onMute={setMuting} />
      </div>
      <div className="cockpit-means">
        <RulesPanel {...props} />
        <AnnouncePanel {...props} />
        <MutesPanel {...props} onMute={setMuting} />
      </div>
      <div className="cockpit-dcs">
        {log.now.dcs.map((dc) => (
          <DcCard key={dc.dc} dc={dc} samples={log.samples.get(dc.dc) ?? []} />
        ))}
      </div>
      {muting && <MuteDialog {...props} {...muting} onClose={() => setMuting(undefined)} />}
    </div>
  )
}
