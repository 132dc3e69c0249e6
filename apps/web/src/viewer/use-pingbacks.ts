import type { Bootstrap } from '@gala/contracts'
import { type Pingbacks, pingbacks } from '@gala/sdk/pingbacks'
import { useEffect, useRef } from 'react'
import { sessionId } from './identity.js'
import { guestBook } from './room/guest.js'

/** Reports of this page, from the first screen that asks for them on. Whether they are still wanted, each answer to them says. */
export function usePingbacks(asked: Bootstrap['pingbacks'] | undefined): Pingbacks | undefined {
  const reports = useRef<Pingbacks>(undefined)
  if (asked && !reports.current) {
    const token = () => guestBook.token
    reports.current = pingbacks({ baseUrl: '' }, { oneIn: asked.oneIn, session: sessionId, token })
  }
  useEffect(() => () => reports.current?.close(), [])
  return reports.current
}
