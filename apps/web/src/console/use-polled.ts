import { GalaError } from '@gala/sdk'
import { useCallback, useRef, useState } from 'react'
import { usePolling } from './use-polling.js'

export interface Polled<T> {
  /** What was answered last; after a failure it stays. */
  value: T | undefined
  /** When that was, by this browser's clock. */
  atMs: number
  /** Why the last time brought nothing. */
  failure: string | undefined
  /** Asks now. Never rejects. */
  refresh: () => Promise<void>
}

/**
 * What `ask` answers, asked as `usePolling` does; `ask` has to be the same function as long as it asks for the same, and gets
 * what is held. `every` may depend on that: asked more often while something is under way, or no more.
 */
export function usePolled<T>(
  ask: (signal: AbortSignal, held: T | undefined) => Promise<T>,
  every: number | ((held: T | undefined) => number | undefined),
): Polled<T> {
  const held = useRef<T>(undefined)
  const [answer, setAnswer] = useState<{ value: T; atMs: number }>()
  const [failure, setFailure] = useState<string>()
  const work = useCallback(
    async (signal: AbortSignal) => {
      try {
        held.current = await ask(signal, held.current)
        setAnswer({ value: held.current, atMs: Date.now() })
        setFailure(undefined)
      } catch (error) {
        if (!signal.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
      }
    },
    [ask],
  )
  const refresh = useCallback(() => work(new AbortController().signal), [work])
  usePolling(work, typeof every === 'number' ? every : every(answer?.value))
  return { value: answer?.value, atMs: answer?.atMs ?? 0, failure, refresh }
}
