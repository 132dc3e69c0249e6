import { systemClock } from '@gala/kernel'
import { handlers } from '../handlers/index.js'
import { Failed } from '../refusals.js'
import { ContextOfThread } from './context-of-thread.js'
import { detailOf, type Ended, jsonOf, retryableOf, type Task } from './protocol.js'

/** Entry of a thread: runs one handler at a time. */
export async function work(task: Task): Promise<Ended | undefined> {
  if (task.kind === 'warm') return undefined
  const context = new ContextOfThread(task.run, task.port, systemClock)
  try {
    const handler = handlers.get(task.handler)
    if (!handler) throw new Error(`this thread knows no handler ${task.handler}`)
    const result = jsonOf(await handler.run(task.params, context), 'its result')
    return { ok: true, result, progress: context.untold }
  } catch (error) {
    return { ok: false, ...failure(error), progress: context.untold }
  } finally {
    context.close()
  }
}

function failure(error: unknown) {
  const said = { detail: detailOf(error), retryable: retryableOf(error), result: undefined }
  if (!(error instanceof Failed)) return said
  try {
    return { ...said, result: jsonOf(error.result, 'what it found out') }
  } catch {
    // The error itself is worth more than what was to go with it.
    return said
  }
}
