import type { Bootstrap } from '@gala/contracts'
import type { GalaError } from '@gala/sdk'
import { Alert, Group, Loader, Text, Title, VisuallyHidden } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Counts } from './counts.js'
import { FreshnessBadge } from './freshness-badge.js'
import { type Phase, phaseOf } from './phase.js'
import { Player } from './player.js'
import { Announcement } from './room/announcement.js'
import { Side } from './room/side.js'
import { useRoom } from './room/use-room.js'
import { useBootstrap } from './use-bootstrap.js'
import { usePingbacks } from './use-pingbacks.js'
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
  const phase = phaseOf(event, useServerClock())
  const reports = usePingbacks(data.pingbacks)
  const room = useRoom(event.id, event.room === 'open' && features.rooms)
  return (
    <main className="stage" data-room={room !== undefined || undefined}>
      <section className="screen" aria-label="Video">
        {room && <Announcement room={room} />}
        {play?.available ? (
          <>
            {phase.line !== '' && (
              <p className="ribbon" data-tone={phase.tone} data-testid="ribbon">
                <span aria-hidden>{phase.shape}</span> {phase.line}
              </p>
            )}
            <Player
              lines={play.lines}
              live={event.status !== 'replay'}
              onPlaying={onPlaying}
              eventId={event.id}
              reports={reports}
            />
          </>
        ) : (
          <Curtain phase={phase} />
        )}
        <div className="under">
          {/* Told once when it changes; the badge itself changes each second. */}
          <VisuallyHidden role="status">{`The event: ${event.status}`}</VisuallyHidden>
          <Group gap="sm" wrap="nowrap" align="flex-start" justify="space-between">
            <div>
              <Title order={1} lang="zh" className="title" data-testid="title">
                {event.title}
              </Title>
              <Text c="dimmed" data-testid="title-en">
                {event.titleEn}
              </Text>
            </div>
            <Badges event={event} phase={phase} />
          </Group>
          <Counts eventId={event.id} stats={stats} canLike={features.likes} />
          <Text size="sm" c="dimmed">
            <span lang="zh">{event.venue}</span> · <span data-testid="version">version {event.version}</span>
          </Text>
          <Text size="sm">{event.summary}</Text>
        </div>
      </section>
      <Side programmes={programmes} room={room} mayChat={features.chat} />
    </main>
  )
}

/** Where the event is, by shape, word and colour, and whether its room is open. */
function Badges({ event, phase }: { event: Bootstrap['event']; phase: Phase }) {
  const { word, shape, tone } = phase
  return (
    <div className="badges">
      <b className="phase" data-tone={tone} data-testid="phase">
        <span aria-hidden>{shape}</span> {word}
      </b>
      <span className="room-badge" data-open={event.room === 'open' || undefined} data-testid="room">
        {event.room === 'open' ? '● Room open' : '○ Room closed'}
      </span>
    </div>
  )
}

/** In place of the video before the event and after it. */
function Curtain({ phase: { line, countdown, tone, onAir } }: { phase: Phase }) {
  return (
    <div className="curtain" data-tone={tone}>
      {countdown && (
        <Text className="countdown" data-testid="countdown" role="timer">
          {countdown}
        </Text>
      )}
      <Text className="curtain-line" data-testid="curtain">
        {line}
      </Text>
      {onAir && <Text className="curtain-line">The picture is not there at the moment; this page keeps trying</Text>}
    </div>
  )
}

function Waiting({ error, eventId }: { error: GalaError | undefined; eventId: string }) {
  if (!error) {
    return (
      <main className="waiting">
        <Loader role="status" aria-label="Loading" />
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
