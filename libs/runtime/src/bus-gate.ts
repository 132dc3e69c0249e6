import type { ChangeBus } from '@gala/bus'
import type { AppContext } from './context.js'
import type { Dependency } from './health.js'

/** What a process that starts alone waits for Redis, and for a relay, before it goes on without. */
const redisPatienceMs = 3_000
const relayPatienceMs = 10_000
const againMs = 50

/**
 * Resolves when this process hears the bus: a message of its own has come back, and a relay vouches that nothing is missed.
 * One whose Redis takes commands but whose message does not come back hears another bus than it talks on: it never
 * resolves, and a process that waits for it never becomes ready. When Redis does not answer at all, or nobody relays,
 * there is nothing to wait for: it serves what it can, and says so.
 */
export async function busHeard({ health, clock, log }: AppContext, bus: ChangeBus, redis: Dependency): Promise<void> {
  const stopped = new AbortController()
  health.onDrain(() => stopped.abort())
  const startedMs = clock.monotonicMs()
  let told = false
  while (!stopped.signal.aborted) {
    const echoed = await bus.echo().then(
      () => true,
      () => false,
    )
    const waitedMs = clock.monotonicMs() - startedMs
    if (echoed && (bus.live || waitedMs >= relayPatienceMs)) return
    if (!echoed && !redis.up && waitedMs >= redisPatienceMs) return
    if (!echoed && redis.up && waitedMs >= redisPatienceMs && !told) {
      told = true
      log.error('Redis takes commands, but nothing sent on the bus comes back: check prefix, address and permissions')
    }
    await clock.sleep(againMs, stopped.signal)
  }
}
