import type { Registry } from 'prom-client'
import { collected } from './metrics.js'

const statusesMax = 600
/** What alerts look at is told before it first happens: of a series that begins at 100 nobody can say that it rose by them. */
const failed = 503

/** Answers by status of one route: what stands before the framework adds to it without making anything. */
export class StatusCounts {
  readonly #counts = new Float64Array(statusesMax)

  add(status: number) {
    this.#counts[status] = (this.#counts[status] ?? 0) + 1
  }

  *entries(): Generator<[status: number, count: number]> {
    for (const [status, count] of this.#counts.entries()) if (count > 0 || status === failed) yield [status, count]
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
