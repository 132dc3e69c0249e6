import { publicRoutes, roomSocketPath, roomStreamPath, slug } from '@gala/contracts'

interface Place {
  named: Map<string, Place>
  any: Place | undefined
  /** Of the route that ends here, and which part of the address says what it is about. */
  template: string | undefined
  eventAt: number
}

/** What a request was for, as far as the route table knows it. */
export interface RouteName {
  /** Path as in the contract, with `:id` for what differs; otherwise `page`, `asset`, `problem` or `other`. */
  route: string
  eventId: string | null
}

const partsMax = 12
const root = tableOf([
  ...publicRoutes.map(({ path, isolateBy }) => ({ path, about: isolateBy ?? 'id' })),
  { path: roomSocketPath, about: 'room' },
  { path: roomStreamPath, about: 'room' },
])

/**
 * The route of an address as the edge logs it, without its query. The edge calls a request that it answers from a copy on disk after the
 * file, and one that it refuses itself after the refusal.
 */
export function routeName(uri: string): RouteName {
  if (uri.startsWith('/v1/')) return find(uri) ?? find(uri.replace(/\.json$/, '')) ?? nothing('other')
  if (uri.startsWith('/.problem/')) return nothing('problem')
  if (uri.startsWith('/assets/')) return nothing('asset')
  return nothing(uri === '/' || uri.endsWith('.html') || uri.endsWith('/') ? 'page' : 'other')
}

const nothing = (route: string): RouteName => ({ route, eventId: null })

function find(uri: string): RouteName | undefined {
  const parts = uri.split('/', partsMax)
  let place: Place | undefined = root
  for (const part of parts.slice(1)) place = place?.named.get(part) ?? (part === '' ? undefined : place?.any)
  if (place?.template === undefined) return undefined
  const about = parts[place.eventAt]
  return { route: place.template, eventId: about !== undefined && slug.safeParse(about).success ? about : null }
}

function tableOf(routes: readonly { path: string; about: string }[]): Place {
  const empty = (): Place => ({ named: new Map(), any: undefined, template: undefined, eventAt: -1 })
  const first = empty()
  for (const { path, about } of routes) {
    let place = first
    const parts = path.split('/')
    for (const part of parts.slice(1)) {
      const next: Place = (part.startsWith(':') ? place.any : place.named.get(part)) ?? empty()
      if (part.startsWith(':')) place.any = next
      else place.named.set(part, next)
      place = next
    }
    place.template = path
    place.eventAt = parts.indexOf(`:${about}`)
  }
  return first
}
