import { eventTime, slug, text } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({
  name: slug.max(50).meta({ description: 'Of the reminder; an event has one of each name' }),
  audience: slug.meta({ description: 'Who is to be reminded, such as subscribers' }),
  title: text(120),
  body: text(1_000),
  at: eventTime.optional().meta({ description: 'When it is due; the scheduled time of this step when left out' }),
})

export const remind: Handler<z.output<typeof params>> = {
  name: 'remind',
  title: 'Reminder',
  does: 'Writes down that an audience is to be reminded, for whoever delivers. One that has not been taken yet is replaced.',
  needsEvent: true,
  onlyAsks: true,
  params,
  run: (given, { act }) => act('reminder.write', given),
}
