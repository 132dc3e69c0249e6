import type { Registry } from 'prom-client'
import { collected } from './metrics.js'

/** Answers by status of one route: what stands before the framework adds to it without making anything. */
export class StatusCounts {
  readonly #counts = new Map<number, number>()

  add(status: number) {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1)
  }

  entries() {
    return this.#counts.entries()
  }
}

/** Requests answered, by method, route pattern and status, whoever answered them. */
export class RequestCounts {
  readonly #byMethod = new Map<string, Map<string, StatusCounts>>()

  constructor(metrics: Registry) {
    const labels = ['method', 'route', 'status'] as const
    const counts = this.#byMethod
    collected(metrics, 'gala_http_requests_total', 'Requests answered', labels, function* () {
      for (const [method, routes] of counts) {
        for (const [route, statuses] of routes) {
          for (const [status, count] of statuses.entries()) yield [{ method, route, status: String(status) }, count]
        }
      }
    })
  }

  of(method: string, route: string): StatusCounts {
    let routes = this.#byMethod.get(method)
    if (!routes) {
      routes = new Map()
      this.#byMethod.set(method, routes)
    }
    let statuses = routes.get(route)
    if (!statuses) {
      statuses = new StatusCounts()
      routes.set(route, statuses)
    }
    return statuses
  }
}
