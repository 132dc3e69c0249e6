import type { FeedEntry } from '@gala/sdk/room'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Both } from './both.js'
import { ChatLine } from './chat-line.js'
import type { GiftItem } from './use-gifts.js'

/** Lines in the page; the feed keeps more, which nobody scrolls back to while it runs. */
const linesMax = 200
/** Within this of the end somebody is at the end. */
const endPx = 40

interface Props {
  entries: readonly FeedEntry[]
  gifts: readonly GiftItem[]
  onRemove: (key: string) => void
}

/** The lines of the room. It stays at its end for whoever is there; whoever has scrolled back is told how much is new. */
export function ChatFeed({ entries, gifts, onRemove }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  const seen = useRef<string | undefined>(undefined)
  const [fresh, setFresh] = useState(0)
  const last = entries.at(-1)?.key

  const toEnd = () => {
    stuck.current = true
    setFresh(0)
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }
  useLayoutEffect(() => {
    const own = entries.at(-1)
    const said = own?.kind === 'message' && own.is === 'pending' && own.key !== seen.current
    if (stuck.current || said) {
      seen.current = last
      // At once: a list that is still on its way to its end is not at its end.
      list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'instant' })
      stuck.current = true
      setFresh(0)
      return
    }
    const from = entries.findLastIndex(({ key }) => key === seen.current)
    setFresh(entries.length - 1 - from)
  }, [entries, last])

  // The list shrinks when gifts are shown below it, and on a phone with its keyboard.
  useEffect(() => {
    const at = list.current
    if (!at) return
    const watch = new ResizeObserver(() => stuck.current && at.scrollTo({ top: at.scrollHeight, behavior: 'instant' }))
    watch.observe(at)
    return () => watch.disconnect()
  }, [])

  const scrolled = () => {
    const at = list.current
    if (!at) return
    stuck.current = at.scrollHeight - at.scrollTop - at.clientHeight < endPx
    if (!stuck.current) return
    seen.current = last
    setFresh(0)
  }
  return (
    <div className="feed">
      <div
        className="lines"
        ref={list}
        role="log"
        aria-live="polite"
        aria-label="Chat"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard to be scrolled.
        tabIndex={0}
        onScroll={scrolled}
      >
        {entries.length === 0 && (
          <p className="quiet">
            <Both zh="还没有人说话" en="Nobody has said anything yet" />
          </p>
        )}
        {entries.slice(-linesMax).map((entry) => (
          <ChatLine key={entry.key} entry={entry} gifts={gifts} onRemove={onRemove} />
        ))}
      </div>
      {fresh > 0 && (
        <button type="button" className="fresh" data-testid="fresh" onClick={toEnd}>
          ↓ <Both zh={`${fresh} 条新消息`} en={fresh === 1 ? '1 new message' : `${fresh} new messages`} />
        </button>
      )}
    </div>
  )
}
