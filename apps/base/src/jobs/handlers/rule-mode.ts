import { ruleModes, slug } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'

const params = z.strictObject({ rule: slug, mode: z.enum(ruleModes) })

export const ruleMode: Handler<z.output<typeof params>> = {
  name: 'rule-mode',
  title: 'Automatic rule',
  does: 'Lets an automatic rule act, only record what it would do, or rest. It stays so when the event is over.',
  needsEvent: false,
  onlyAsks: true,
  params,
  run: (given, { act }) => act('rule.mode', given),
}
