import type { Event } from '@gala/contracts'
import { NativeSelect } from '@mantine/core'
import { missionClock } from '../jobs/time-words.js'
import { useServerNow } from '../switches/desk.js'
import { statusWords } from './event-order.js'

/** As many as fit beside each other; all of them are in the list. */
const tabsMax = 4

export const timelineHash = (id: string, section = '') => `#timeline/${id}${section && `/${section}`}`

/** Chooses the event. The choice is in the address, so that it can be kept and sent. */
export function EventPicker({ events, chosen }: { events: readonly Event[]; chosen: string }) {
  const nowMs = useServerNow()
  const first = events.slice(0, tabsMax)
  const tabs = first.some(({ id }) => id === chosen) ? first : [...events.filter(({ id }) => id === chosen), ...first]
  return (
    <nav className="picker" aria-label="Events">
      {tabs.slice(0, tabsMax).map(({ id, title, titleEn, status, startAt }) => (
        <a
          key={id}
          className="pick"
          href={timelineHash(id)}
          aria-current={id === chosen ? 'page' : undefined}
          data-testid={`pick-${id}`}
        >
          <b className="cut">{titleEn || title}</b>
          <span className="pick-more">
            {statusWords(status)} · {missionClock(startAt, nowMs)}
          </span>
        </a>
      ))}
      {events.length > tabsMax && (
        <NativeSelect
          aria-label="Another event"
          data-testid="pick-event"
          value={chosen}
          onChange={(change) => {
            location.hash = timelineHash(change.currentTarget.value)
          }}
          data={events.map(({ id, title, titleEn, status }) => ({
            value: id,
            label: `${statusWords(status)}: ${titleEn || title}`,
          }))}
        />
      )}
    </nav>
  )
}
