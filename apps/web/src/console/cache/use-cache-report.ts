import type { CacheProcess } from '@gala/contracts'
import { useCallback } from 'react'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'

const everyMs = 2000

interface Report {
  items: readonly CacheProcess[]
  /** This browser's clock. */
  atMs: number
}

interface Reports {
  now: Report
  /** The one before, to tell what has happened since. */
  before: Report | undefined
}

/** What every process says of its cache, and what it said two seconds ago. */
export function useCacheReport() {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal, held: Reports | undefined): Promise<Reports> => {
      const { data } = await api.cache.report({}, { signal })
      return { now: { items: data.items, atMs: Date.now() }, before: held?.now }
    },
    [api],
  )
  const { value, failure } = usePolled(ask, everyMs)
  return { now: value?.now, before: value?.before, failure }
}
