import type { Wall } from '@gala/contracts'
import { Alert, Button, Loader, SegmentedControl, Title } from '@mantine/core'
import { IconMaximize } from '@tabler/icons-react'
import { useCallback, useRef } from 'react'
import { choose, fieldOf } from '../address.js'
import { Asked } from '../asked.js'
import { EventSelect } from '../event-select.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { WallCharts } from './wall-charts.js'
import { WallHead } from './wall-head.js'
import { WallTables } from './wall-tables.js'

const everyMs = 2_000
const spans = ['5', '15', '60']

/** What the audience asks for and gets, as it comes in: for a large screen, and for a phone. */
export function WallPage({ path }: { path: string }) {
  const event = fieldOf(path, 'event')
  const minutes = spans.find((of) => of === fieldOf(path, 'minutes')) ?? '15'
  return <WallOf key={`${event} ${minutes}`} event={event} minutes={Number(minutes)} dc={fieldOf(path, 'dc')} />
}

interface Chosen {
  event: string
  minutes: number
  dc: string
}

function WallOf({ event, minutes, dc }: Chosen) {
  const { api } = useSession()
  const page = useRef<HTMLDivElement>(null)
  const ask = useCallback(
    async (signal: AbortSignal) => {
      const step = minutes >= 60 ? ('60' as const) : ('10' as const)
      return (await api.pipeline.wall({ query: { minutes, step, ...(event && { event }) } }, { signal })).data
    },
    [api, event, minutes],
  )
  const { value: wall, atMs, failure } = usePolled(ask, everyMs)
  const dcs = wall ? dcsOf(wall) : []
  const shown = dcs.includes(dc) ? [dc] : dcs
  return (
    <div className="wall" ref={page} data-testid="wall">
      <div className="wall-bar">
        <Title order={1} size="h3">
          Wall
        </Title>
        <Choices chosen={{ event, minutes, dc }} dcs={dcs} />
        <span className="spacer" />
        {wall && <Asked atMs={atMs} everyS={everyMs / 1000} />}
        {document.fullscreenEnabled && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconMaximize size={14} aria-hidden />}
            onClick={() => void page.current?.requestFullscreen()}
          >
            Fill the screen
          </Button>
        )}
      </div>
      {failure && (
        <Alert color="orange" role="alert" title="The wall cannot be read" data-testid="wall-failure">
          {failure}
          {wall && ' What stands below is as old as it says.'}
        </Alert>
      )}
      {!wall && !failure && <Loader role="status" aria-label="Loading" />}
      {wall && (
        <>
          <WallHead wall={wall} minutes={minutes} dcs={shown} />
          <WallCharts wall={wall} minutes={minutes} dcs={shown} all={dcs} />
          <WallTables wall={wall} />
        </>
      )}
    </div>
  )
}

function Choices({ chosen, dcs }: { chosen: Chosen; dcs: readonly string[] }) {
  const { event, minutes, dc } = chosen
  const chooses = (changed: object) => choose('#wall', { event, minutes: String(minutes), dc, ...changed })
  return (
    <>
      <EventSelect
        label="Event"
        all="All, and what is about none"
        testId="wall-event"
        value={event}
        onChange={(id) => chooses({ event: id })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Time shown"
        data-testid="wall-minutes"
        value={String(minutes)}
        onChange={(to) => chooses({ minutes: to })}
        data={spans.map((value) => ({ value, label: `${value} min` }))}
      />
      {dcs.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label="Data centre"
          data-testid="wall-dc"
          value={dcs.includes(dc) ? dc : ''}
          onChange={(to) => chooses({ dc: to })}
          data={[{ value: '', label: 'All' }, ...dcs]}
        />
      )}
    </>
  )
}

const dcsOf = ({ dcs, panes }: Wall): string[] => [...new Set([...dcs, ...panes].map(({ dc }) => dc))].sort()
