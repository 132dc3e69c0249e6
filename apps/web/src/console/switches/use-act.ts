import { GalaError } from '@gala/sdk'
import { useState } from 'react'
import { type Outcome, useDesk } from './desk.js'

/** Does one act of a dialog: on success the page says what came of it; on a conflict the dialog stays, with the newest board. */
export function useAct(onDone: () => void) {
  const { tell, refresh } = useDesk()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const act = async (work: () => Promise<Outcome | undefined>) => {
    setBusy(true)
    setFailure(undefined)
    try {
      const outcome = await work()
      if (outcome) tell(outcome)
      onDone()
      void refresh()
    } catch (error) {
      await refresh()
      setFailure(wordsOf(error))
      setBusy(false)
    }
  }
  return { busy, failure, act }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof GalaError)) return String(error)
  return error.code === 'STALE_VERSION' ? 'Nothing was changed: somebody else was faster.' : error.message
}
