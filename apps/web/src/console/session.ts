import { createOpsClient, type OpsClient } from '@gala/sdk'
import { createContext, useContext } from 'react'

/** Who is signed in, and the client that speaks for them. */
export interface Session {
  api: OpsClient
  subject: string
  role: 'viewer' | 'operator' | 'admin'
  expiresAt: string
  /** Data centre of the base this page came from. */
  dc: string
}

const key = 'gala.console.token'

/** The token lives as long as the tab: not in the address, not on disk. */
export const storedToken = () => sessionStorage.getItem(key)
export const forgetToken = () => sessionStorage.removeItem(key)

/** @throws GalaError when the token is not accepted. */
export async function signIn(token: string): Promise<Session> {
  const api = createOpsClient({ baseUrl: '', token })
  const { data } = await api.fleet.me({})
  sessionStorage.setItem(key, token)
  return { api, ...data }
}

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('this stands outside a session')
  return session
}

export const mayEdit = ({ role }: Session) => role !== 'viewer'
