import { z } from 'zod'
import type { Handler } from '../handler.js'
import { NotRetryable } from '../refusals.js'

const params = z.strictObject({
  to: z.int().min(0).max(4),
  ttlMs: z.int().min(60_000).max(86_400_000).optional().meta({ description: 'It ends by itself after this' }),
  stepMs: z.int().min(0).max(600_000).default(5_000).meta({ description: 'Between two steps down' }),
})

/** Four levels in each of eight data centres, and one step that makes all the same. */
const stepsMax = 33

interface LevelStep {
  reached: boolean
  /** What this step did; null: nothing was to be done. */
  set: { dc: string | null; level: number } | null
  /** It takes two persons: it was proposed. */
  proposal: string | null
}

export const level: Handler<z.output<typeof params>> = {
  name: 'level',
  title: 'Guard level',
  does: 'Raises or lowers the guard level of all data centres; down it goes one level at a time. Level 4 is only proposed.',
  needsEvent: false,
  onlyAsks: true,
  params,
  async run({ to, ttlMs, stepMs }, { act, clock, signal }) {
    const steps: NonNullable<LevelStep['set']>[] = []
    while (steps.length < stepsMax) {
      const step = (await act('level.set', { to, ttlMs, step: steps.length })) as LevelStep
      if (step.proposal)
        throw new NotRetryable(`level ${to} takes two persons: it was proposed, and waits for another`, step)
      if (step.set) steps.push(step.set)
      if (step.reached) return { level: to, already: steps.length === 0, steps }
      await clock.sleep(stepMs, signal)
      signal.throwIfAborted()
    }
    throw new Error(`level ${to} was not reached in ${stepsMax} steps`)
  },
}
