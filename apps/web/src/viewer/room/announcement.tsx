import type { FeedMessage, Room } from '@gala/sdk/room'
import { CloseButton } from '@mantine/core'
import { IconSpeakerphone } from '@tabler/icons-react'
import { useState } from 'react'
import { useServerClock } from '../use-server-clock.js'
import { useWatched } from './use-room.js'

/** From here on what the platform says stands above the picture as well. */
const barPriority = 6

/** The newest thing of weight the platform has said, for as long as it is worth showing. */
export function Announcement({ room }: { room: Room }) {
  const { entries } = useWatched(room.feed)
  const nowMs = useServerClock()
  const [closed, setClosed] = useState<string>()
  const newest = entries.findLast(
    (entry): entry is FeedMessage =>
      entry.kind === 'message' && entry.message.type === 'notify' && entry.message.priority >= barPriority,
  )
  const { message, key } = newest ?? {}
  const over = message && message.ttlS > 0 && nowMs > message.at + message.ttlS * 1_000
  const shown = message && !over && key !== closed
  // It is there before it says anything: a region that comes together with its words is not read out.
  return (
    <div role="status" className={shown ? 'announcement' : undefined} data-testid="announcement">
      {shown && (
        <>
          <IconSpeakerphone size={20} aria-hidden className="icon" />
          <p>{message.text}</p>
          <CloseButton aria-label="关闭公告 Close the announcement" onClick={() => setClosed(key)} />
        </>
      )}
    </div>
  )
}
