import { GalaError } from '@gala/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'
import { api } from './api.js'
import { clientId, remember, remembered } from './identity.js'
import { acknowledged, batched, type Outbox, pendingTaps, readOutbox, tapped } from './like-outbox.js'

const sendEveryMs = 800

/**
 * The count to show and the button's action. The count is what the platform says plus taps it has not taken yet, and
 * never goes back: a tap that was shown stays shown.
 */
export function useLikes(eventId: string, told: number) {
  const key = `gala.likes.${eventId}`
  const outbox = useRef<Outbox>(readOutbox(remembered(key)))
  const most = useRef(0)
  const [, redraw] = useState(0)

  const set = useCallback(
    (next: Outbox) => {
      outbox.current = next
      remember(key, JSON.stringify(next))
      redraw((n) => n + 1)
    },
    [key],
  )

  useEffect(() => {
    let sending = false
    const send = async () => {
      const next = batched(outbox.current)
      if (sending || !next.batch) return
      sending = true
      set(next)
      try {
        await api.likes.add({ params: { id: eventId }, body: { ...next.batch, clientId } })
        set(acknowledged(outbox.current))
      } catch (error) {
        // A refusal that will not change is not worth repeating; everything else is sent again under the same number.
        if (error instanceof GalaError && !error.retryable) set(acknowledged(outbox.current))
      }
      sending = false
    }
    const timer = window.setInterval(() => void send(), sendEveryMs)
    return () => window.clearInterval(timer)
  }, [eventId, set])

  most.current = Math.max(most.current, told + pendingTaps(outbox.current))
  const like = () => {
    // From what is shown: taps that are acknowledged but not yet in the told count must not swallow this one.
    most.current++
    set(tapped(outbox.current))
  }
  return { count: most.current, like }
}
