import type { JobHandlerInfo } from '@gala/contracts'
import { useEffect, useState } from 'react'
import { useSession } from '../session.js'

/** What jobs can do. It only changes with a release, so it is asked for once. */
export function useHandlers(): readonly JobHandlerInfo[] {
  const { api } = useSession()
  const [items, setItems] = useState<readonly JobHandlerInfo[]>([])
  useEffect(() => {
    api.jobs.handlers({}).then(
      ({ data }) => setItems(data.items),
      // A name can still be typed then, and the server says whether it knows it.
      () => setItems([]),
    )
  }, [api])
  return items
}
