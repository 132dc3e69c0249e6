import type { Bootstrap } from '@gala/contracts'
import { type Pingbacks, type Watch, watchPlayer } from '@gala/sdk/pingbacks'
import { ActionIcon, Button, Menu, Text } from '@mantine/core'
import { IconAdjustments, IconVolumeOff } from '@tabler/icons-react'
import type Hls from 'hls.js'
import { useEffect, useRef, useState } from 'react'
import { retryMs } from './line-retry.js'

type Lines = NonNullable<Bootstrap['play']>['lines']

const backToMainMs = 60_000

/** The video: the first line that works, the next one when it fails, the first again after a minute. */
export function Player(props: {
  lines: Lines
  live: boolean
  onPlaying: (playing: boolean) => void
  eventId: string
  reports: Pingbacks | undefined
}) {
  const { lines, live, onPlaying, eventId, reports } = props
  const video = useRef<HTMLVideoElement>(null)
  const player = useRef<Hls | null>(null)
  const watch = useRef<Watch>(undefined)
  const [index, setIndex] = useState(0)
  const [failures, setFailures] = useState(0)
  const [muted, setMuted] = useState(true)
  const [heights, setHeights] = useState<number[]>([])
  const [level, setLevel] = useState(-1)
  const line = lines[index % Math.max(1, lines.length)]
  const url = line?.url
  const onMain = line === undefined || line === lines[0]

  // Before anything is loaded: from here on the viewer waits for a picture.
  useEffect(() => {
    const element = video.current
    if (!element || !reports) return
    const begun = watchPlayer(element, reports, { event: eventId })
    watch.current = begun
    return () => {
      watch.current = undefined
      begun.end()
    }
  }, [reports, eventId])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a single line keeps its address when it is tried again; the index tells.
  useEffect(() => {
    const element = video.current
    if (!element || !url) return
    let closed = false
    const failed = (why: string) => {
      if (closed) return
      watch.current?.failed(why)
      setFailures((n) => n + 1)
    }
    const bitrate = (kbps: number) => watch.current?.bitrate(kbps)
    void attach(element, url, { failed, bitrate }, (made) => {
      if (closed) return made?.destroy()
      player.current = made
      setHeights(made?.levels.map(({ height }) => height) ?? [])
      setLevel(-1)
    })
    return () => {
      closed = true
      player.current?.destroy()
      player.current = null
    }
  }, [url, index])

  useEffect(() => {
    if (failures === 0) return
    const timer = window.setTimeout(() => setIndex((i) => i + 1), retryMs(failures, lines.length, Math.random()))
    return () => window.clearTimeout(timer)
  }, [failures, lines.length])

  useEffect(() => {
    if (onMain) return
    const timer = window.setTimeout(() => setIndex(0), backToMainMs)
    return () => window.clearTimeout(timer)
  }, [onMain])

  const choose = (chosen: number) => {
    setLevel(chosen)
    if (player.current) player.current.currentLevel = chosen
  }
  const note =
    failures >= lines.length
      ? 'The picture is not there at the moment; trying again'
      : !onMain && 'Playing from the backup line'
  return (
    <div className="player">
      <video
        ref={video}
        data-testid="video"
        data-line={line?.role}
        aria-label={live ? 'Live video' : 'Video of the replay'}
        autoPlay
        muted={muted}
        playsInline
        controls
        onPlaying={() => {
          setFailures(0)
          onPlaying(true)
        }}
        onPause={() => onPlaying(false)}
        onVolumeChange={(event) => setMuted(event.currentTarget.muted)}
      />
      <div className="player-tools">
        {muted && (
          <Button
            size="compact-sm"
            color="dark"
            leftSection={<IconVolumeOff size={16} />}
            onClick={() => {
              setMuted(false)
              if (video.current) video.current.muted = false
            }}
          >
            Unmute
          </Button>
        )}
        {heights.length > 1 && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon color="dark" aria-label="Picture quality">
                <IconAdjustments size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {[-1, ...heights.keys()].map((i) => (
                <Menu.Item key={i} fw={i === level ? 700 : 400} onClick={() => choose(i)}>
                  {i === -1 ? 'Auto' : `${heights[i]}p`}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      {note && (
        <Text className="player-note" role="status" size="sm">
          {note}
        </Text>
      )}
    </div>
  )
}

/** Browsers that know HLS play it themselves; the others get hls.js, loaded only then. */
async function attach(
  element: HTMLVideoElement,
  url: string,
  { failed, bitrate }: { failed: (why: string) => void; bitrate: (kbps: number) => void },
  ready: (made: Hls | null) => void,
) {
  const { default: Library } = await import('hls.js')
  if (!Library.isSupported()) {
    element.src = url
    element.onerror = () => failed('native')
    return ready(null)
  }
  const hls = new Library({ liveSyncDurationCount: 2, backBufferLength: 30, maxBufferLength: 20 })
  hls.on(Library.Events.MANIFEST_PARSED, () => {
    ready(hls)
    // Browsers may refuse to start by themselves; the controls are there.
    element.play().catch(() => {})
  })
  hls.on(Library.Events.LEVEL_SWITCHED, (_, { level }) => bitrate((hls.levels[level]?.bitrate ?? Number.NaN) / 1_000))
  hls.on(Library.Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return
    if (type === Library.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError()
    hls.destroy()
    failed(`hls-${details}`)
  })
  hls.loadSource(url)
  hls.attachMedia(element)
}
