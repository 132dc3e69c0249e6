import { text } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({ note: text(200).optional() })

export const mark: Handler<z.output<typeof params>> = {
  name: 'mark',
  title: 'Mark',
  does: 'Leaves a mark in the ledger of effects and in the audit, and changes nothing else: for drills and rehearsals.',
  needsEvent: false,
  onlyAsks: true,
  params,
  run: (given, { act }) => act('mark', given),
}
