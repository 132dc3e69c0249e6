import type { Room } from '@gala/sdk/room'
import { Title } from '@mantine/core'
import { Both } from './both.js'
import { ChatFeed } from './chat-feed.js'
import { Composer } from './composer.js'
import { useGifts } from './use-gifts.js'
import { useWatched } from './use-room.js'
import { linkWords } from './words.js'

/** What is said in the room of the event, and where one says something oneself. */
export default function ChatPanel({ room, mayChat }: { room: Room; mayChat: boolean }) {
  const { link, state } = useWatched(room.status)
  const { entries, dropped } = useWatched(room.feed)
  const gifts = useGifts()
  const leftOut = dropped.chat + dropped.notify
  const words = linkWords(link)
  return (
    <>
      <div className="chat-head">
        <Title order={2} size="h4">
          <Both zh="聊天" en="Chat" />
        </Title>
        {leftOut > 0 && (
          <span className="left-out" data-testid="left-out" data-count={leftOut}>
            <Both zh={`+${leftOut} 条未显示`} en="not shown" />
          </span>
        )}
        <span
          className="link"
          data-tone={words.tone}
          data-testid="room-link"
          data-link={link.is}
          data-dc={link.is === 'live' ? link.dc : undefined}
        >
          <span aria-hidden>{words.shape}</span> <Both {...words} />
        </span>
      </div>
      <ChatFeed entries={entries} gifts={gifts} onRemove={room.feed.remove} />
      <Composer room={room} gifts={gifts} mayChat={mayChat && state.chat !== false} slowS={state.slowS ?? 0} />
    </>
  )
}
