import type { RunningOrder as Order } from '@gala/contracts'
import type { Room } from '@gala/sdk/room'
import { Text, Title } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { RunningOrder } from '../running-order.js'
import { Both } from './both.js'

const ChatPanel = lazy(() => import('./chat-panel.js'))

interface Props {
  programmes: Order | null
  room: Room | undefined
  mayChat: boolean
}

/** Beside the picture: the running order, and the room where it is open. On a phone one of the two at a time. */
export function Side({ programmes, room, mayChat }: Props) {
  const [on, setOn] = useState<'chat' | 'order'>('chat')
  const one = room ? on : 'order'
  return (
    <div className="side" data-on={one} data-room={room !== undefined || undefined}>
      {room && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
        <div className="tabs" role="group" aria-label="聊天或节目单 Chat or running order">
          <button type="button" aria-pressed={on === 'chat'} data-testid="tab-chat" onClick={() => setOn('chat')}>
            <Both zh="聊天" en="Chat" />
          </button>
          <button type="button" aria-pressed={on === 'order'} data-testid="tab-order" onClick={() => setOn('order')}>
            <Both zh="节目单" en="Running order" />
          </button>
        </div>
      )}
      <section className="programme" aria-label="Programme">
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
      {room && (
        <section className="chat" aria-label="Chat" data-testid="chat">
          <Suspense>
            <ChatPanel room={room} mayChat={mayChat} />
          </Suspense>
        </section>
      )}
    </div>
  )
}
