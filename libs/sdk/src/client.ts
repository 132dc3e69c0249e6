import { opsApi, publicApi, type Route, type RouteReply } from '@gala/contracts'
import { type Answered, type CallInput, type CallOptions, call, type Transport } from './call.js'
import { followStream, type StreamHandlers } from './stream.js'

type Api = Record<string, Record<string, unknown>>
type Callable<R> = (input: CallInput<R>, options?: CallOptions) => Promise<Answered<RouteReply<R>>>
type Calls<A extends Api> = { [G in keyof A]: { [N in keyof A[G]]: Callable<A[G][N]> } }

export type GalaClient = Calls<typeof publicApi>

/** The audience's client: a call for every route of the public table, under its name. */
export const createClient = (transport: Transport): GalaClient => callsOf(publicApi, transport)

export interface OpsClient extends Calls<typeof opsApi> {
  /** Follows the fleet and the audit until `signal` aborts; comes back by itself after a lost link. */
  stream(handlers: StreamHandlers, signal: AbortSignal): Promise<void>
}

/** The operators' client: the same for base, with a token. */
export function createOpsClient({ token, ...rest }: Transport & { token: string }): OpsClient {
  const transport = { ...rest, headers: { ...rest.headers, authorization: `Bearer ${token}` } }
  return { ...callsOf(opsApi, transport), stream: (handlers, signal) => followStream(transport, handlers, signal) }
}

function callsOf<A extends Api>(api: A, transport: Transport): Calls<A> {
  const of = (route: Route) => (input: object, options?: CallOptions) => call(transport, route, input, options)
  const group = (routes: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, of(route as Route)]))
  return Object.fromEntries(Object.entries(api).map(([name, routes]) => [name, group(routes)])) as unknown as Calls<A>
}
