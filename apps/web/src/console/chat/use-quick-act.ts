import { GalaError } from '@gala/sdk'
import { useState } from 'react'

/** What is done without a dialog, one thing at a time: says what came of it, and asks again for what is shown. */
export function useQuickAct(onDone: (said: string) => void, onRefresh: () => Promise<void>) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  /** Whether it was done. */
  const act = async (work: () => Promise<string>): Promise<boolean> => {
    setBusy(true)
    setFailure(undefined)
    try {
      onDone(await work())
      return true
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
      return false
    } finally {
      setBusy(false)
      void onRefresh()
    }
  }
  return { busy, failure, act }
}
