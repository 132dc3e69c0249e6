import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({})

export const report: Handler<z.output<typeof params>> = {
  name: 'report',
  title: 'Report of the event',
  does: 'Puts together what the event was like, from ledgers, audit and counts, and keeps it in place of the one before.',
  needsEvent: true,
  onlyAsks: true,
  params,
  run: (_, { act }) => act('report.make', {}),
}
