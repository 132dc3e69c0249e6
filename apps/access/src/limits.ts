import {
  AppError,
  headers,
  type LimitBy,
  type LimitPolicy,
  type LimitReport,
  type Route,
  type RouteInput,
} from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { type Budget, type Decision, InFlight, Limiter, LocalLimiter } from '@gala/resilience'

interface Parts {
  clock: Clock
  budget: Budget
  /** Name of this process. */
  instance: string
}

/** Requests of routes with an `inFlight` policy that one process works on at once, and one key's part of them while it is busy. */
const places = { places: 2_000, keyPart: 0.5 }
/** For whoever waits for a place: an answer takes tens of milliseconds. */
const placeWaitMs = 1_000
/** How long a request may wait for tokens; the trip for the first block of a key takes a few milliseconds. */
const waitMaxMs = 100
/** Access processes of a data centre, for one that starts while Redis is away. More than there are: that only admits less. */
const instancesExpected = 8

/** Who asks. */
interface Asker {
  /** Whose address a request counts for. */
  network: () => string
  /** Whose token came with it, of a route that asks for one. */
  viewer?: string | undefined
}

/** Takes the fields that tell of limits. */
type Tell = (name: string, value: string) => void

/** The limits of one route, as one stage of the pipeline. */
export interface RouteLimits {
  /**
   * Resolves to what has to be called when the request is answered.
   * @throws AppError RATE_LIMITED with the time to stay away.
   */
  enter(input: RouteInput<Route>, asker: Asker, tell: Tell): Promise<(() => void) | undefined>
}

/** All limits of the route table. Keys of one limit are counted apart from those of any other. */
export class Limits {
  readonly #limited: (Limiter | LocalLimiter)[] = []
  readonly #inFlight = new InFlight(places)

  readonly #routes = new Map<string, RouteLimits>()

  constructor(
    routes: readonly Route[],
    private readonly parts: Parts,
  ) {
    for (const route of routes) {
      if (route.limits || route.inFlight) this.#routes.set(route.name, this.#stageOf(route))
    }
  }

  /** Undefined for a route without limits, so that it costs nothing there. */
  of(route: Route): RouteLimits | undefined {
    return this.#routes.get(route.name)
  }

  get reports(): LimitReport[] {
    return this.#limited.map(({ report }) => report)
  }

  async close() {
    for (const limiter of this.#limited) if (limiter instanceof Limiter) await limiter.close()
  }

  #stageOf(route: Route): RouteLimits {
    const { limits = [], inFlight } = route
    const open = limits.map((policy) => ({ policy, limiter: this.#open(route, policy), keyOf: keyOf(policy.by) }))
    const told = limits.map(policyField).join(', ')
    const placeOf = inFlight && keyOf(inFlight.by)
    return {
      enter: async (input, asker, tell) => {
        let tightest: { policy: LimitPolicy; remaining: number } | undefined
        if (told && !route.cache) tell(headers.rateLimitPolicy, told)
        for (const { policy, limiter, keyOf } of open) {
          const key = keyOf(input, asker)
          if (key === undefined) continue
          const cost = policy.cost ?? 1
          const decision = limiter instanceof Limiter ? await limiter.admit(key, cost) : limiter.take(key, cost)
          if (!decision.admitted) throw refusal(policy, decision, told, tell)
          // What is left of a data centre's budget, nobody can tell; and it is not what one client could heed.
          if (policy.scope === 'instance' && !(tightest && tightest.remaining <= decision.remaining))
            tightest = { policy, remaining: decision.remaining }
        }
        if (tightest && !route.cache) {
          const fullS = (tightest.policy.burst - tightest.remaining) / tightest.policy.rate
          tell(headers.rateLimit, leftField(tightest.policy, tightest.remaining, fullS))
        }
        return inFlight && placeOf && this.#place(inFlight.by, inFlight.max, placeOf(input, asker))
      },
    }
  }

  #open(route: Route, policy: LimitPolicy): Limiter | LocalLimiter {
    const { rate, burst } = policy
    const limit = { name: `${route.name}.${policy.by}`, rate, burst }
    const limiter =
      policy.scope === 'dc'
        ? new Limiter({ ...limit, away: policy.away, waitMaxMs }, { ...this.parts, instancesExpected })
        : new LocalLimiter(limit, this.parts.clock)
    this.#limited.push(limiter)
    return limiter
  }

  #place(by: LimitBy, max: number, value: string | undefined): (() => void) | undefined {
    if (value === undefined) return undefined
    const key = `${by}=${value}`
    if (!this.#inFlight.enter(key, max))
      throw new AppError('RATE_LIMITED', `too much is under way by ${by}`, { retryAfterMs: placeWaitMs })
    return () => this.#inFlight.leave(key)
  }
}

type KeyOf = (input: RouteInput<Route>, asker: Asker) => string | undefined

/** A limit does not hold for a request that has no such field. */
function keyOf(by: LimitBy): KeyOf {
  if (by === 'ip') return (_input, { network }) => network()
  if (by === 'route') return () => ''
  if (by === 'viewer') return (input, { viewer }) => viewer ?? fieldOf(input, 'clientId')
  const name = by.slice('param:'.length)
  return (input) => fieldOf(input, name)
}

function fieldOf({ params, query, body }: RouteInput<Route>, name: string): string | undefined {
  for (const part of [params, query, body] as (Record<string, unknown> | undefined)[]) {
    const value = part?.[name]
    if (typeof value === 'string' || typeof value === 'number') return String(value)
  }
  return undefined
}

function refusal(policy: LimitPolicy, decision: Decision & { admitted: false }, told: string, tell: Tell) {
  const { retryAfterMs } = decision
  tell(headers.rateLimitPolicy, told)
  tell(headers.rateLimit, leftField(policy, 0, retryAfterMs / 1_000))
  const detail = `at most ${policy.rate} a second by ${policy.by}, ${policy.burst} at once`
  return new AppError('RATE_LIMITED', detail, { retryAfterMs })
}

const nameOf = ({ by }: LimitPolicy) => `"${by.replace('param:', '')}"`

/** One item of RateLimit-Policy: so many tokens (q) in so many seconds (w). */
const policyField = (policy: LimitPolicy) =>
  `${nameOf(policy)};q=${policy.burst};w=${Math.max(1, Math.ceil(policy.burst / policy.rate))}`

/** One item of RateLimit: tokens left (r), and the seconds until there are more or all of them (t). */
const leftField = (policy: LimitPolicy, left: number, seconds: number) =>
  `${nameOf(policy)};r=${left};t=${Math.max(1, Math.ceil(seconds))}`
