import { systemClock } from '@gala/kernel'
import type { QueryTask } from './protocol.js'
import { runQuery } from './run-query.js'

/** A process for one query: whatever that does to it, it does to nobody else. */
process.once('message', async (task: QueryTask) => {
  const outcome = await runQuery(task, systemClock)
  process.send?.(outcome, () => process.exit(0))
})
