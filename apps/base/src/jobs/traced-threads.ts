import { boundHere } from '@gala/kernel'
import type { Traces } from '@gala/runtime'
import type { Threads } from './handler.js'

/** A run that takes this part of the time it may take is slow. */
const slowPart = 2

/** The same threads, each run of which is a trace of its own: what it asks of base, and what base asks for that, are its steps. */
export function tracedThreads(threads: Threads, traces: Traces | undefined): Threads {
  if (!traces) return threads
  return {
    run: (handler, params, run, more) => {
      const attributes = { 'gala.job': run.job, ...(run.event !== null && { 'gala.event': run.event }) }
      // What a thread asks comes as a message, from outside of whatever is traced.
      const begin = () => threads.run(handler, params, run, { ...more, act: boundHere(more.act) })
      const slowMs = more.timeoutMs / slowPart
      return traces.task(`job ${handler}`, attributes, begin, { slowMs, failed: ({ kind }) => kind === 'failed' })
    },
    close: () => threads.close(),
  }
}
