import { z } from 'zod'
import { moment } from './fields.js'

const count = z.int().min(0)
const minuteMs = 60_000
const minutesMax = 1_440

/** What is asked for at `/pipelinez/books` of a pipeline process: whole minutes, a day at most. */
export const booksAskSchema = z
  .strictObject({
    from: z.coerce.number().int().min(0).multipleOf(minuteMs),
    to: z.coerce.number().int().min(0).multipleOf(minuteMs),
  })
  .refine(({ from, to }) => to > from && to - from <= minutesMax * minuteMs, 'a minute at least, a day at most')

/** Body of `/pipelinez/books`: what became of the lines of one data centre, by the minute they tell of. */
export const dcBooksSchema = z
  .object({
    dc: z.string(),
    watermark: moment
      .nullable()
      .meta({ description: 'Lines of minutes before it are not expected any more; null: none has been read' }),
    minutes: z.array(
      z.object({
        minute: z.int().meta({ description: 'Its beginning, Unix milliseconds; 0: of lines without a time' }),
        topic: z.enum(['requests', 'beacons']),
        produced: count.meta({ description: 'Lines found in files' }),
        shipped: count.meta({ description: 'Lines the event log has acknowledged, each once' }),
        rolledUp: count.meta({ description: 'Lines in panes of the stream link' }),
        batch: count.meta({ description: 'Lines in panes of the batch link' }),
        lost: count.meta({ description: 'Lines deleted for want of room before they were sent' }),
        torn: count.meta({ description: 'Halves of lines at the end of a file; they are no lines' }),
        duplicates: count.meta({ description: 'Lines that came again and were cut off' }),
        malformed: count.meta({ description: 'Lines in panes that nobody could read further' }),
      }),
    ),
  })
  .meta({ id: 'DcBooks' })
export type DcBooks = z.output<typeof dcBooksSchema>
