import type { StepGiven, Timeline, TimelineChange, TimelineTemplate } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useEffect, useState } from 'react'
import { useSession } from '../session.js'

/** What is to become of a timeline. */
export interface TimelineWish {
  template?: TimelineTemplate
  steps?: StepGiven[]
  startAt?: string
}

/** Somebody who types is not asked along with at every key. */
const pauseMs = 200

interface Answer {
  asked: string
  changes: readonly TimelineChange[]
  /** The script as it would be. */
  steps: readonly Pick<StepGiven, 'key' | 'title'>[]
  failure: string | undefined
}

/** What the server says would change, nothing being done. Undefined while it has not answered, or nothing is wished for. */
export function useDryRun({ event, version }: Timeline, wish: TimelineWish | undefined): Answer | undefined {
  const { api } = useSession()
  const [answer, setAnswer] = useState<Answer>()
  const asked = wish && JSON.stringify({ ...wish, dryRun: true, reason: 'a look ahead', expectedVersion: version })
  useEffect(() => {
    if (!asked) return
    const ended = new AbortController()
    const timer = window.setTimeout(() => {
      const body: Parameters<typeof api.timeline.save>[0]['body'] = JSON.parse(asked)
      api.timeline.save({ params: { id: event.id }, body }, { signal: ended.signal }).then(
        ({ data }) => setAnswer({ asked, changes: data.changes, steps: data.timeline.steps, failure: undefined }),
        (error: unknown) => {
          if (ended.signal.aborted) return
          setAnswer({
            asked,
            changes: [],
            steps: [],
            failure: error instanceof GalaError ? error.message : String(error),
          })
        },
      )
    }, pauseMs)
    return () => {
      window.clearTimeout(timer)
      ended.abort()
    }
  }, [api, event.id, asked])
  return answer?.asked === asked ? answer : undefined
}
