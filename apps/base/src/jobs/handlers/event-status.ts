import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({ to: z.enum(['preheat', 'live', 'ended', 'replay']) })

export const eventStatus: Handler<z.output<typeof params>> = {
  name: 'event-status',
  title: 'Status of the event',
  does: 'Moves the event on: to preheat, live, ended or replay. An event that is there already stays as it is.',
  needsEvent: true,
  onlyAsks: true,
  params,
  run: ({ to }, { act }) => act('event.status', { to }),
}
