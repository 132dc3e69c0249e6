import type { Route } from '@gala/contracts'

interface Place {
  readonly named: Map<string, Place>
  any: Place | undefined
  readonly routes: Map<string, Route>
}

/** Addresses remembered, and how long they may be: whoever asks chooses what stands behind the question mark. */
const foundMax = 20_000
const foundCharsMax = 256

const emptyPlace = (): Place => ({ named: new Map(), any: undefined, routes: new Map() })

/**
 * Finds the route of a request by method and address alone, some hundred times faster than answering it: for what has to
 * be decided before the framework sees it. What it does not find may still be one; the framework has the last word.
 */
export class RouteTable {
  readonly #root = emptyPlace()
  /** Addresses that were found: most of what is asked for is asked for again and again. */
  readonly #found = new Map<string, Place>()

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route)
  }

  find(method: string, url: string): Route | undefined {
    let place = this.#found.get(url)
    if (!place) {
      place = this.#walk(url)
      if (!place) return undefined
      if (url.length > foundCharsMax) return place.routes.get(method)
      if (this.#found.size >= foundMax) this.#found.clear()
      this.#found.set(url, place)
    }
    return place.routes.get(method)
  }

  #walk(url: string): Place | undefined {
    const query = url.indexOf('?')
    const end = query === -1 ? url.length : query
    let place: Place | undefined = this.#root
    for (let from = 1; from <= end && place; ) {
      const slash = url.indexOf('/', from)
      const to = slash === -1 || slash > end ? end : slash
      place = place.named.get(url.slice(from, to)) ?? (to > from ? place.any : undefined)
      from = to + 1
    }
    return place
  }

  #add(route: Route) {
    let place = this.#root
    for (const part of route.path.slice(1).split('/')) {
      if (part.startsWith(':')) {
        place.any ??= emptyPlace()
        place = place.any
        continue
      }
      const next = place.named.get(part) ?? emptyPlace()
      place.named.set(part, next)
      place = next
    }
    place.routes.set(route.method, route)
  }
}
