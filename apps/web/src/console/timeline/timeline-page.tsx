import { Loader, Text } from '@mantine/core'
import { useEffect } from 'react'
import { useEvents } from '../room/use-events.js'
import { useServerNow } from '../switches/desk.js'
import { eventOrder } from './event-order.js'
import { EventPicker, timelineHash } from './event-picker.js'
import { EventTimeline } from './event-timeline.js'

/** The script of an event as it is played. `path` is what the address says after `#timeline/`: the event, and a section. */
export function TimelinePage({ path }: { path: string }) {
  const events = useEvents()
  const nowMs = useServerNow()
  const [id, section = ''] = path.split('/')
  const ordered = eventOrder(events ?? [], nowMs)
  const first = ordered[0]?.id
  // What was chosen for somebody stays chosen, whatever begins meanwhile.
  useEffect(() => {
    if (!id && first) location.replace(timelineHash(first))
  }, [id, first])
  if (!id)
    return events?.length === 0 ? (
      <Text c="dimmed">There is no event.</Text>
    ) : (
      <Loader role="status" aria-label="Loading" />
    )
  return (
    <div className="timeline-page">
      <EventPicker events={ordered} chosen={id} />
      <EventTimeline key={id} id={id} section={section} />
    </div>
  )
}
