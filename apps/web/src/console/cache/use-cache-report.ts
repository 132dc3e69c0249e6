import type { CacheProcess } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { usePolling } from '../use-polling.js'

const everyMs = 2000

interface Report {
  items: readonly CacheProcess[]
  /** This browser's clock. */
  atMs: number
}

export interface Reports {
  now?: Report
  /** The one before, to tell what has happened since. */
  before?: Report
  failure?: string
}

/** What every process says of its cache, and what it said two seconds ago. After a failure the last words stay. */
export function useCacheReport(): Reports {
  const { api } = useSession()
  const [reports, setReports] = useState<Reports>({})
  const work = useCallback(
    async (signal: AbortSignal) => {
      try {
        const { data } = await api.cache.report({}, { signal })
        const now = { items: data.items, atMs: Date.now() }
        setReports(({ now: before }) => ({ now, ...(before && { before }) }))
      } catch (error) {
        if (signal.aborted) return
        const failure = error instanceof GalaError ? error.message : String(error)
        setReports((held) => ({ ...held, failure }))
      }
    },
    [api],
  )
  usePolling(work, everyMs)
  return reports
}
