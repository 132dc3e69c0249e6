import type { ReadinessList } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'
import { NotRetryable } from '../refusals.js'

const params = z.strictObject({})

export const readiness: Handler<z.output<typeof params>> = {
  name: 'readiness',
  title: 'Go or no-go',
  does: 'Goes through the list of what an event needs, and fails when something that stops it is missing. Changes nothing.',
  needsEvent: true,
  onlyAsks: true,
  params,
  async run(_, { act }) {
    const list = (await act('readiness.check', {})) as ReadinessList
    if (list.go) return list
    const stopping = list.checks.filter(({ go, weight }) => !go && weight === 'stop')
    throw new NotRetryable(`no-go: ${stopping.map(({ name, seen }) => `${name} (${seen})`).join('; ')}`, list)
  },
}
