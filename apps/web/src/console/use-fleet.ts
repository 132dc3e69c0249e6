import type { AuditEntry, Instance, Switchboard } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Session } from './session.js'

export interface Live {
  items: readonly Instance[]
  position: number | null
  /** Newest entries that came over the stream, newest first. */
  audit: readonly AuditEntry[]
  /** The newest that came over the stream, and when (this browser's clock). */
  board: { now: Switchboard; atMs: number } | undefined
  linked: boolean
  /** When something last arrived (this browser's clock), or 0. */
  heardAtMs: number
}

const auditMax = 50
const nothing: Live = { items: [], position: null, audit: [], board: undefined, linked: false, heardAtMs: 0 }

/** The live picture, and how old it is. `onRefused` is called when the session has ended. */
export function useLive(session: Session, onRefused: (error: GalaError) => void): Live {
  const [live, setLive] = useState(nothing)
  useEffect(() => {
    const ended = new AbortController()
    session.api
      .stream(
        {
          state: (state) => setLive((held) => ({ ...held, linked: state === 'connected' })),
          message: (message) =>
            setLive((held) => {
              const heard = { ...held, heardAtMs: Date.now() }
              if (message.event === 'fleet') return { ...heard, ...message.data }
              if (message.event === 'switchboard')
                return { ...heard, board: { now: message.data, atMs: heard.heardAtMs } }
              return { ...heard, audit: [message.data, ...held.audit].slice(0, auditMax) }
            }),
        },
        ended.signal,
      )
      .catch((error: unknown) => {
        if (!(error instanceof GalaError)) throw error
        onRefused(error)
      })
    return () => ended.abort()
  }, [session, onRefused])
  return live
}

const listeners = new Set<() => void>()
let tickMs = Date.now()
let timer = 0

/** One timer for the whole page, so that everything that tells an age is drawn in one go. */
function onTick(listener: () => void) {
  if (listeners.size === 0) {
    tickMs = Date.now()
    timer = window.setInterval(() => {
      tickMs = Date.now()
      for (const each of listeners) each()
    }, 1000)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.clearInterval(timer)
  }
}

/** Ticks each second, for ages on the screen. */
export const useNow = (): number => useSyncExternalStore(onTick, () => tickMs)
