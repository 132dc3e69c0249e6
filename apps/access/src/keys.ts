import type { Route, RouteInput } from '@gala/contracts'
import { LRUCache } from 'lru-cache'
import { addressOf } from './address.js'

/** Addresses with a query whose one way to write them is remembered. Of some 200 bytes each. */
const rememberedMax = 10_000

/**
 * Under which key the answer to an address is kept, without checking the request against the contract: an address without
 * query says it itself, of one with a query it is known once it has been answered. An address that is not right
 * has no key under which anything is kept.
 */
export class Keys {
  readonly #ofQuery = new LRUCache<string, string>({ max: rememberedMax })
  readonly #defaults = new WeakMap<Route, string>()

  of(route: Route, url: string): string | undefined {
    return url.includes('?') ? this.#ofQuery.get(url) : url + this.#defaultOf(route)
  }

  learn(url: string, key: string) {
    if (url.includes('?')) this.#ofQuery.set(url, key)
  }

  /** What is asked when nothing is said, written out. */
  #defaultOf(route: Route): string {
    let query = this.#defaults.get(route)
    if (query === undefined) {
      const parsed = route.schemas.query.safeParse({})
      query = parsed.success ? addressOf(route, { params: {}, query: parsed.data } as RouteInput<Route>).query : '?'
      this.#defaults.set(route, query)
    }
    return query
  }
}
