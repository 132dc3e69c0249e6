import type { GalaError } from '@gala/sdk'
import { AppShell, Badge, Burger, Button, Group, Loader, NavLink, Text } from '@mantine/core'
import {
  IconActivityHeartbeat,
  IconAdjustments,
  IconBook2,
  IconBuildingBroadcastTower,
  IconCalculator,
  IconCalendarEvent,
  IconChartLine,
  IconCircuitSwitchOpen,
  IconClockPlay,
  IconDatabase,
  IconFileAnalytics,
  IconGift,
  IconHistory,
  IconMessages,
  IconRipple,
  IconRobot,
  IconRoute,
  IconTextScan2,
  IconTimeline,
} from '@tabler/icons-react'
import { useCallback, useEffect, useState } from 'react'
import { timeOfDay } from '../format/times.js'
import { AuditPage } from './audit/audit-page.js'
import { BooksPage } from './books/books-page.js'
import { BreakersPage } from './breakers/breakers-page.js'
import { CachePage } from './cache/cache-page.js'
import { GiftsPage } from './chat/gifts-page.js'
import { RoomsPage } from './chat/rooms-page.js'
import { WordsPage } from './chat/words-page.js'
import { DataCentresPage } from './datacentres/datacentres-page.js'
import { EventsPage } from './events/events-page.js'
import { HealthPage } from './health/health-page.js'
import { JobsPage } from './jobs/jobs-page.js'
import { LakePage } from './lake/lake-page.js'
import { PlannerPage } from './planner/planner-page.js'
import { ReportPage } from './report/report-page.js'
import { RoomPage } from './room/room-page.js'
import { RulesPage } from './rules/rules-page.js'
import { forgetToken, type Session, SessionContext, signIn, storedToken } from './session.js'
import { SignIn } from './sign-in.js'
import { DeskProvider } from './switches/desk-provider.js'
import { SwitchPage } from './switches/switch-page.js'
import { useSwitchDesk } from './switches/use-switch-desk.js'
import { TimelinePage } from './timeline/timeline-page.js'
import { TracesPage } from './traces/traces-page.js'
import { type Live, useLive, useNow } from './use-fleet.js'
import { WallPage } from './wall/wall-page.js'

export function Console() {
  const [session, setSession] = useState<Session | null>(null)
  const [resuming, setResuming] = useState(storedToken() !== null)
  const [note, setNote] = useState<string>()
  const leave = useCallback((why?: string) => {
    forgetToken()
    setSession(null)
    setNote(why)
  }, [])
  const refused = useCallback((error: GalaError) => leave(`Signed out: ${error.message}.`), [leave])

  useEffect(() => {
    const token = storedToken()
    if (!token) return
    signIn(token)
      .then(setSession, () => leave('Sign in again.'))
      .finally(() => setResuming(false))
  }, [leave])

  if (resuming) return <Loader m="xl" aria-label="Signing in" />
  if (!session) return <SignIn onSession={setSession} note={note} />
  return (
    <SessionContext value={session}>
      <Desk session={session} onRefused={refused} onLeave={() => leave()} />
    </SessionContext>
  )
}

const pages = [
  { hash: '#room', label: 'Control room', icon: IconAdjustments },
  { hash: '#wall', label: 'Wall', icon: IconChartLine },
  { hash: '#chat', label: 'Rooms', icon: IconMessages },
  { hash: '#words', label: 'Words', icon: IconTextScan2 },
  { hash: '#gifts', label: 'Gifts', icon: IconGift },
  { hash: '#timeline', label: 'Timeline', icon: IconTimeline },
  { hash: '#jobs', label: 'Jobs', icon: IconClockPlay },
  { hash: '#rules', label: 'Rules', icon: IconRobot },
  { hash: '#planner', label: 'Planner', icon: IconCalculator },
  { hash: '#datacentres', label: 'Data centres', icon: IconBuildingBroadcastTower },
  { hash: '#health', label: 'Health', icon: IconActivityHeartbeat },
  { hash: '#events', label: 'Events', icon: IconCalendarEvent },
  { hash: '#cache', label: 'Cache', icon: IconDatabase },
  { hash: '#breakers', label: 'Breakers', icon: IconCircuitSwitchOpen },
  { hash: '#report', label: 'Reports', icon: IconFileAnalytics },
  { hash: '#traces', label: 'Traces', icon: IconRoute },
  { hash: '#lake', label: 'Lake', icon: IconRipple },
  { hash: '#books', label: 'Books', icon: IconBook2 },
  { hash: '#audit', label: 'Audit', icon: IconHistory },
]

function Desk(props: { session: Session; onRefused: (error: GalaError) => void; onLeave: () => void }) {
  const { session, onRefused, onLeave } = props
  const live = useLive(session, onRefused)
  const desk = useSwitchDesk(live)
  const hash = useHash()
  const [opened, setOpened] = useState(false)
  useEffect(ignoreRepeats, [])
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 180, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={hash === '#room' || hash.startsWith('#wall') ? 'sm' : { base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header bg="#0b0f1a" px={{ base: 'sm', sm: 'lg' }}>
        <Head session={session} live={live} opened={opened} onOpen={setOpened} onLeave={onLeave} />
      </AppShell.Header>
      {/* Where it is slid out of sight it must be out of reach of the keyboard, too. */}
      <AppShell.Navbar bg="#0b0f1a" p="xs" style={{ overflowY: 'auto' }} {...(!opened && { visibleFrom: 'sm' })}>
        {pages.map(({ hash: to, label, icon: Icon }) => (
          <NavLink
            key={to}
            href={to}
            label={label}
            py={5}
            leftSection={<Icon size={18} aria-hidden />}
            active={to === hash || hash.startsWith(`${to}/`) || (to === '#room' && hash.startsWith('#switch/'))}
            onClick={() => setOpened(false)}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Page hash={hash} live={live} desk={desk} />
      </AppShell.Main>
    </AppShell>
  )
}

/** A key that is held down on one thing must not press whatever gets the focus next. */
function ignoreRepeats() {
  const ignore = (event: KeyboardEvent) => {
    const presses = event.key === 'Enter' || event.key === ' '
    if (event.repeat && presses && event.target instanceof HTMLButtonElement) event.preventDefault()
  }
  document.addEventListener('keydown', ignore, true)
  return () => document.removeEventListener('keydown', ignore, true)
}

function Page({ hash, live, desk }: { hash: string; live: Live; desk: ReturnType<typeof useSwitchDesk> }) {
  if (hash === '#health') return <HealthPage live={live} />
  if (hash === '#events') return <EventsPage live={live} />
  if (hash === '#cache') return <CachePage />
  if (hash === '#breakers') return <BreakersPage />
  if (hash === '#audit') return <AuditPage live={live} />
  const page = hash.split('/', 1)[0]
  const path = hash.slice((page?.length ?? 0) + 1)
  // They read what the pipeline has counted, and stay when the switches cannot be read.
  if (page === '#wall') return <WallPage path={path} />
  if (page === '#traces') return <TracesPage path={path} live={live} />
  if (page === '#report') return <ReportPage path={path} />
  if (page === '#lake') return <LakePage />
  if (page === '#books') return <BooksPage />
  return (
    <DeskProvider {...desk}>
      {hash.startsWith('#switch/') ? (
        <SwitchPage key={hash} name={hash.slice('#switch/'.length)} />
      ) : page === '#timeline' ? (
        <TimelinePage path={path} />
      ) : page === '#chat' ? (
        <RoomsPage path={path} />
      ) : hash === '#words' ? (
        <WordsPage />
      ) : hash === '#gifts' ? (
        <GiftsPage />
      ) : page === '#jobs' ? (
        <JobsPage path={path} />
      ) : hash === '#rules' ? (
        <RulesPage live={live} />
      ) : hash === '#planner' ? (
        <PlannerPage />
      ) : hash === '#datacentres' ? (
        <DataCentresPage />
      ) : (
        <RoomPage live={live} />
      )}
    </DeskProvider>
  )
}

function Head(props: {
  session: Session
  live: Live
  opened: boolean
  onOpen: (opened: boolean) => void
  onLeave: () => void
}) {
  const { session, live, opened, onOpen, onLeave } = props
  return (
    <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
      <Group gap="md" wrap="nowrap">
        <Burger
          size="sm"
          hiddenFrom="sm"
          opened={opened}
          onClick={() => onOpen(!opened)}
          aria-label="Pages"
          aria-expanded={opened}
        />
        <Text fw={800} style={{ letterSpacing: '0.2em' }} visibleFrom="sm">
          GALA
        </Text>
        <Badge variant="outline" tt="none" data-testid="console-dc" className="whole">
          {session.dc}
        </Badge>
        <LinkState live={live} />
      </Group>
      <Group gap="md" wrap="nowrap">
        <Text size="sm" c="dimmed" visibleFrom="sm">
          {session.subject} · <b data-testid="role">{session.role}</b> · until {timeOfDay(session.expiresAt)}
        </Text>
        <Button size="compact-sm" variant="default" onClick={onLeave} className="whole">
          Sign out
        </Button>
      </Group>
    </Group>
  )
}

/** Whether what is on the screen is live, and how old it is when it is not. */
function LinkState({ live }: { live: Live }) {
  const ageS = Math.round((useNow() - live.heardAtMs) / 1000)
  if (live.heardAtMs === 0)
    return (
      <Badge color="gray" tt="none" data-testid="link">
        connecting
      </Badge>
    )
  const current = live.linked && ageS < 3
  return (
    <Badge color={current ? 'blue' : 'orange'} variant="light" tt="none" data-testid="link" role="status">
      {current ? '● live' : `▲ data ${ageS} s old`}
    </Badge>
  )
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash || '#room')
  useEffect(() => {
    const changed = () => setHash(location.hash || '#room')
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  return hash
}
