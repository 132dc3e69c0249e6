import { roomStates } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({ to: z.enum(roomStates) })

export const room: Handler<z.output<typeof params>> = {
  name: 'room',
  title: 'Room of the event',
  does: 'Opens the room of the event, or closes it.',
  needsEvent: true,
  onlyAsks: true,
  params,
  run: ({ to }, { act }) => act('event.room', { to }),
}
