import type { RunningOrder as Order } from '@gala/contracts'
import { Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { timeOfDay } from '../format/times.js'

const stateText = { done: 'over', current: 'now', next: 'next', later: '' }

/** The running order; the current item is marked and kept in view. */
export function RunningOrder({ order }: { order: Order }) {
  const list = useRef<HTMLOListElement>(null)
  const { currentId } = order
  useEffect(() => {
    const at = list.current
    const item = at?.querySelector<HTMLElement>(`[data-id="${currentId}"]`)
    if (!at || !item) return
    // Within the list only: the page itself must not jump under the reader. Again when its height changes, as it does when a room opens.
    const watch = new ResizeObserver(() => at.scrollTo({ top: item.offsetTop - 16 }))
    watch.observe(at)
    return () => watch.disconnect()
  }, [currentId])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard to be scrolled.
    <ol className="order" ref={list} aria-label="Running order" tabIndex={0}>
      {order.items.map((item) => (
        <li
          key={item.id}
          data-id={item.id}
          data-testid="programme-item"
          data-state={item.state}
          aria-current={item.state === 'current' ? 'true' : undefined}
        >
          <span className="order-time">{timeOfDay(item.startAt)}</span>
          <span className="order-text">
            <span
              lang="zh"
              className="order-title"
              data-testid={item.state === 'current' ? 'current-programme' : undefined}
            >
              {item.title}
            </span>
            <Text component="span" size="xs" c="dimmed">
              {item.titleEn}
            </Text>
            {item.performers.length > 0 && (
              <Text component="span" size="xs" c="dimmed" lang="zh">
                {item.performers.join('、')}
              </Text>
            )}
          </span>
          <span className="order-state">{stateText[item.state]}</span>
        </li>
      ))}
    </ol>
  )
}
