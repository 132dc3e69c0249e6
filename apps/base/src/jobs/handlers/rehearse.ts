import { z } from 'zod'
import type { Handler, HandlerContext } from '../handler.js'

const params = z.strictObject({
  how: z.enum(['throw', 'hang', 'spin', 'memory', 'slow', 'flaky', 'large', 'crash']),
  forMs: z.int().min(0).max(600_000).default(1_000).meta({ description: 'Of slow' }),
  times: z.int().min(1).max(20).default(1).meta({ description: 'Of flaky: attempts that fail' }),
})
type Params = z.output<typeof params>

export const rehearse: Handler<Params> = {
  name: 'rehearse',
  title: 'Rehearsed failure',
  does: 'Fails as handlers can fail, so that operators see what becomes of it: it throws, hangs, spins, eats memory, is slow, fails at first, says too much, or ends its thread. Changes nothing.',
  needsEvent: false,
  params,
  run: (given, context) => failures[given.how](given, context),
}

const failures: Record<Params['how'], (given: Params, context: HandlerContext) => Promise<unknown>> = {
  throw: async () => {
    throw new Error('rehearsed: it throws')
  },
  // Not even told to end it ends.
  hang: () => new Promise(() => {}),
  spin: async () => {
    for (;;);
  },
  // With a rest now and then: V8 has loops that allocate and nothing else which it does not end for memory, nor on request.
  memory: async (_, { clock }) => {
    const held: number[][] = []
    for (;;) {
      for (let i = 0; i < 100; i++) held.push(new Array<number>(1_000).fill(held.length))
      await clock.sleep(0)
    }
  },
  slow: async ({ forMs }, { clock, signal, progress }) => {
    const parts = 10
    for (let part = 0; part < parts; part++) {
      progress(part, parts, 'slow on purpose')
      await clock.sleep(forMs / parts, signal)
      signal.throwIfAborted()
    }
    progress(parts, parts, 'slow on purpose')
    return { tookMs: forMs }
  },
  flaky: async ({ times }, { run }) => {
    if (run.attempt <= times) throw new Error(`rehearsed: attempt ${run.attempt} of ${times} that fail`)
    return { attempt: run.attempt }
  },
  large: async () => 'x'.repeat(100_000),
  // A promise nobody waits for ends the thread when it is rejected.
  crash: () => {
    void Promise.reject(new Error('rehearsed: nobody caught it'))
    return new Promise(() => {})
  },
}
