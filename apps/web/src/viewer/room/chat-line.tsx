import type { FeedEntry, FeedMessage } from '@gala/sdk/room'
import { IconGift, IconSpeakerphone } from '@tabler/icons-react'
import { memo } from 'react'
import { Both } from './both.js'
import { type GiftItem, giftTitle } from './use-gifts.js'
import { refusalWords } from './words.js'

interface Props {
  entry: FeedEntry
  gifts: readonly GiftItem[]
  onRemove: (key: string) => void
}

/** Names differ by colour as well: each of these has a contrast of 7 : 1 or more on the page. */
const tones = 6

/** One line of the room. */
export const ChatLine = memo(function ChatLine({ entry, gifts, onRemove }: Props) {
  if (entry.kind === 'gap') {
    return (
      <p className="gap" data-testid="gap">
        <Both zh="这里缺了一些消息" en="Some messages are missing here" />
      </p>
    )
  }
  const { message, own, is, refusal } = entry
  return (
    <div
      className="line"
      data-testid="chat-line"
      data-type={message.type}
      data-own={own || undefined}
      data-is={is}
      data-weight={message.type === 'gift' ? weightOf(message.priority) : undefined}
    >
      {message.type === 'gift' ? <GiftWords line={entry} gifts={gifts} /> : <SaidWords line={entry} />}
      {is === 'held' && (
        <small className="fate">
          <Both zh="等待审核" en="Waits for a look by the team" />
        </small>
      )}
      {refusal && (
        <small className="fate">
          ✕ <Both {...refusalWords(refusal)} />{' '}
          <button type="button" className="plain" onClick={() => onRemove(entry.key)}>
            <Both zh="移除" en="Remove" />
          </button>
        </small>
      )}
    </div>
  )
})

function SaidWords({ line: { message, own, is } }: { line: FeedMessage }) {
  return (
    <>
      {message.type === 'notify' ? (
        <IconSpeakerphone size={16} aria-label="Announcement" className="icon" />
      ) : (
        <Name line={{ message, own }} />
      )}
      <span className="text" data-testid="chat-text">
        {message.text}
      </span>
      {is === 'pending' && <span aria-hidden> …</span>}
    </>
  )
}

function GiftWords({ line, gifts }: { line: FeedMessage; gifts: readonly GiftItem[] }) {
  const { message, count } = line
  return (
    <>
      <IconGift size={18} aria-hidden className="icon" />
      <Name line={line} />
      <span className="text">
        <Both zh="送出" en="gives" /> <b>{giftTitle(gifts, message.gift?.kind ?? '')}</b>
      </span>
      <b className="times" data-testid="gift-count" data-count={count}>
        ×{count}
      </b>
    </>
  )
}

function Name({ line: { message, own } }: { line: Pick<FeedMessage, 'message' | 'own'> }) {
  const { id, name } = message.from
  return (
    <span className="name" data-tone={toneOf(id)}>
      {own ? <Both zh="我" en="You" /> : name || '…'}
    </span>
  )
}

const toneOf = (id: string) => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % tones
/** Of the priority that the platform gives a gift by what it is worth: 1 to 5. */
const weightOf = (priority: number) => Math.min(3, Math.max(0, priority - 2))
