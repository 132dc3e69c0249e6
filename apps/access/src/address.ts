import type { Route, RouteInput } from '@gala/contracts'

/** One way to write each request, so that equal questions share one copy: defaults filled in, query keys in order. */
export function addressOf(route: Route, input: RouteInput<Route>): { path: string; query: string } {
  const params = input.params as Record<string, unknown>
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const pairs = Object.entries(input.query as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]): [string, string] => [key, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return { path, query: pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : '' }
}
