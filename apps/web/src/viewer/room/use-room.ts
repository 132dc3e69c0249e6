import type { Room, TransportChoice, Watched } from '@gala/sdk/room'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { guestBook } from './guest.js'

/** A room that was closed while the event says that it is open is tried again: one of the two was late. */
const againMs = 15_000

const asked = new URLSearchParams(location.search).get('transport')
/** `?transport=poll` for those behind something that breaks long connections, and for tests. */
const transport: TransportChoice = asked === 'poll' || asked === 'socket' ? asked : 'auto'

/** The room of an event, for as long as it is open. What it is made of is loaded beside the page, not before it. */
export function useRoom(eventId: string, open: boolean): Room | undefined {
  const [live, setLive] = useState<Room>()
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another room.
  useEffect(() => {
    if (!open) return
    const left = new AbortController()
    let timer = 0
    const again = () => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => setAttempt((n) => n + 1), againMs * (1 + Math.random()))
    }
    const enter = async () => {
      const { room } = await import('@gala/sdk/room')
      if (left.signal.aborted) return
      const options = { viewer: guestBook.viewer, transport, client: 'gala-viewer/0.1', signal: left.signal }
      const entered = room({ baseUrl: '' }, { room: eventId, ...options })
      entered.status.subscribe(() => {
        if (entered.status.getSnapshot().link.is === 'closed' && !left.signal.aborted) again()
      })
      setLive(entered)
    }
    // A file of this release that is gone, or a link that is: later.
    enter().catch(again)
    return () => {
      left.abort()
      window.clearTimeout(timer)
      setLive(undefined)
    }
  }, [eventId, open, attempt])
  return live
}

export const useWatched = <T>({ subscribe, getSnapshot }: Watched<T>): T => useSyncExternalStore(subscribe, getSnapshot)
