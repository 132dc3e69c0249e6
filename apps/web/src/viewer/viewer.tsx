import type { Bootstrap } from '@gala/contracts'
import type { GalaError } from '@gala/sdk'
import { Alert, Badge, Group, Loader, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { dayAndTime, span } from '../format/times.js'
import { Counts } from './counts.js'
import { FreshnessBadge } from './freshness-badge.js'
import { Player } from './player.js'
import { RunningOrder } from './running-order.js'
import { useBootstrap } from './use-bootstrap.js'
import { usePresence } from './use-presence.js'
import { useServerClock } from './use-server-clock.js'

export function Viewer({ eventId }: { eventId: string }) {
  const { data, meta, error } = useBootstrap(eventId)
  const [playing, setPlaying] = useState(false)
  usePresence(eventId, playing)
  useEffect(() => {
    if (data) document.title = `${data.event.title} · Gala`
  }, [data])
  return (
    <div className="page">
      <header className="bar">
        <Text fw={800} size="lg" className="brand">
          GALA
        </Text>
        <FreshnessBadge meta={meta} error={error} />
      </header>
      {data ? <Stage data={data} onPlaying={setPlaying} /> : <Waiting error={error} eventId={eventId} />}
    </div>
  )
}

function Stage({ data, onPlaying }: { data: Bootstrap; onPlaying: (playing: boolean) => void }) {
  const { event, play, programmes, stats, features } = data
  return (
    <main className="stage">
      <section className="screen" aria-label="Video">
        {play?.available ? <Player lines={play.lines} onPlaying={onPlaying} /> : <Curtain event={event} />}
        <div className="under">
          <Group gap="sm" wrap="nowrap" align="flex-start" justify="space-between">
            <div>
              <Title order={1} lang="zh" className="title" data-testid="title">
                {event.title}
              </Title>
              <Text c="dimmed" data-testid="title-en">
                {event.titleEn}
              </Text>
            </div>
            <Phase event={event} />
          </Group>
          <Counts eventId={event.id} stats={stats} canLike={features.likes} />
          <Text size="sm" c="dimmed">
            <span lang="zh">{event.venue}</span> · <span data-testid="version">version {event.version}</span>
          </Text>
          <Text size="sm">{event.summary}</Text>
        </div>
      </section>
      <section className="side" aria-label="Programme">
        <Title order={2} size="h4">
          节目单{' '}
          <Text span c="dimmed">
            Running order
          </Text>
        </Title>
        {programmes ? (
          <RunningOrder order={programmes} />
        ) : (
          <Text c="dimmed">The running order is switched off for the moment.</Text>
        )}
      </section>
    </main>
  )
}

/** LIVE with the time since the start, or what stands instead of it. */
function Phase({ event }: { event: Bootstrap['event'] }) {
  const nowMs = useServerClock()
  if (event.status !== 'live') {
    return (
      <Badge size="lg" variant="outline" color="gray">
        {event.status}
      </Badge>
    )
  }
  return (
    <Badge size="lg" color="orange" leftSection="●" className="live">
      Live {span(nowMs - Date.parse(event.startAt))}
    </Badge>
  )
}

/** In place of the video before the event and after it. */
function Curtain({ event }: { event: Bootstrap['event'] }) {
  const leftMs = Date.parse(event.startAt) - useServerClock()
  const over = event.status === 'ended'
  return (
    <div className="curtain">
      <Text c="dimmed">{over ? 'This event is over' : `Starts ${dayAndTime(event.startAt)}`}</Text>
      {!over && (
        <Text className="countdown" data-testid="countdown" role="timer">
          {span(leftMs)}
        </Text>
      )}
    </div>
  )
}

function Waiting({ error, eventId }: { error: GalaError | undefined; eventId: string }) {
  if (!error) {
    return (
      <main className="waiting">
        <Loader aria-label="Loading" />
      </main>
    )
  }
  const unknown = error.code === 'EVENT_NOT_FOUND' || error.code === 'VALIDATION_FAILED'
  return (
    <main className="waiting">
      <Alert
        color="orange"
        title={unknown ? `There is no event “${eventId}”` : 'Nothing can be shown right now'}
        role="alert"
      >
        {unknown ? 'Check the address.' : `${error.message}. The page keeps trying.`}
      </Alert>
    </main>
  )
}
