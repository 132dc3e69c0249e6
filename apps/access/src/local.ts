import type { Route, RouteInput, Viewer } from '@gala/contracts'

/** A request access answers itself, after everything that may refuse it. */
export interface LocalRequest {
  input: RouteInput<Route>
  /** Whose token came with it, of a route that asks for one. */
  viewer: Viewer | undefined
  /** Whose address it counts for. */
  network: string
  traceparent: string
  /** For all of it. */
  timeoutMs: number
}

export interface LocalAnswer {
  body: string | Buffer
  type?: string
  etag?: string
  /** How long the edge may keep it, in its own words; left out: nobody may keep it. */
  edgeUntil?: string
  /** Further headers. */
  head?: Readonly<Record<string, string>>
}

/** By name of route. */
export type LocalHandlers = Readonly<Record<string, (request: LocalRequest) => Promise<LocalAnswer>>>
