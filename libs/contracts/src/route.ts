import { z } from 'zod'
import type { Criticality } from './criticality.js'
import { AppError, type FieldProblem } from './errors.js'
import type { InFlightPolicy, LimitPolicy } from './limit.js'
import type { SwitchKey } from './switches.js'

/** Operators' roles, least powerful first. */
export const roles = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof roles)[number]

type Fields = Record<string, z.ZodType>

/**
 * One route: its shape and its policy. Access, application, SDK, OpenAPI and the docs are all made from this.
 *
 * - `cache.freshMs`: how long an answer may be served without asking again. A change on the bus ends it early, and so does the
 *   answer itself when it changes by the clock or is less than it should be.
 * - `cache.renewMs`: for how long after that it is served while it is renewed behind the answer; half of `freshMs` when left out.
 * - `cache.staleMs`: how old an answer may be served, marked, when asking fails. 0 = never.
 * - `onDegraded`: what a viewer gets when no copy is left: `static` = the snapshot on disk, `refuse` = a coded problem.
 * - `switch`: the switch operators have on it.
 * - `isolateBy`: the parameter that says what a request is about; operators can move everything about one such thing to an
 *   application pool of its own. `id` or `room` when the path has it and nothing is said.
 * - `kinds`: what is sent here does not all matter the same. A client that says in `headers.kind` which kind its body is (its field
 *   `field`) is let in as that kind, and refused when it was not true; one that says nothing is let in by `criticality`.
 * - `timeoutMs`: the whole time access may spend on it, over all attempts.
 * - `limits`: in this order; the first that is reached refuses with RATE_LIMITED. Those after it are not charged.
 * - `inFlight`: how much may be under way at once.
 * - `role`: only on operators' routes.
 * - `viewer`: access looks at the viewer's token (`authorization: Bearer`) and tells application whose it is. `required`: none, or one
 *   that is not valid, is refused; `known-if-told`: only the latter.
 * - `tokenField`: the field of the body that may hold the viewer's token instead, for senders that cannot set headers. Access takes it out.
 * - `answeredBy`: access answers it itself instead of asking application.
 * - `plainBody`: the body may be called `text/plain` too, which a page may send to another origin without asking first. It is JSON
 *   all the same. Only for what needs no authority and changes nothing anybody sees.
 * - `status`: of the answer when it is not 200.
 * - `keyed`: takes an idempotency key; every operators' write does when nothing is said.
 */
export interface RouteSpec<P extends Fields, Q extends Fields, B extends z.ZodType, R extends z.ZodType> {
  name: string
  summary: string
  method: 'GET' | 'POST' | 'PUT'
  path: string
  params?: P
  query?: Q
  body?: B
  bodyBytesMax?: number
  reply: R
  criticality: Criticality
  kinds?: { field: string; criticality: Readonly<Record<string, Criticality>> }
  cache?: { freshMs: number; renewMs?: number; staleMs: number }
  onDegraded: 'static' | 'refuse'
  timeoutMs: number
  switch?: SwitchKey
  isolateBy?: string
  limits?: readonly LimitPolicy[]
  inFlight?: InFlightPolicy
  role?: Role
  keyed?: boolean
  viewer?: 'required' | 'known-if-told'
  tokenField?: string
  plainBody?: true
  status?: 202
  answeredBy?: 'access'
}

export interface Route<
  P extends Fields = Fields,
  Q extends Fields = Fields,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> extends RouteSpec<P, Q, B, R> {
  readonly schemas: { params: z.ZodObject<P>; query: z.ZodObject<Q>; body: B | undefined }
  readonly bodyBytesMax: number
  readonly keyed: boolean
}

/** What a handler of `R` is called with, already validated and typed. */
export interface RouteInput<R> {
  params: R extends Route<infer P, Fields, z.ZodType, z.ZodType> ? z.output<z.ZodObject<P>> : never
  query: R extends Route<Fields, infer Q, z.ZodType, z.ZodType> ? z.output<z.ZodObject<Q>> : never
  body: R extends Route<Fields, Fields, infer B, z.ZodType> ? z.output<B> : never
}

export type RouteReply<R> = R extends Route<Fields, Fields, z.ZodType, infer Y> ? z.output<Y> : never

/** Declares a route. Unknown parameters, query keys and body fields are refused, never ignored. */
export function route<
  const P extends Fields = Record<never, never>,
  const Q extends Fields = Record<never, never>,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodType,
>(spec: RouteSpec<P, Q, B, R>): Route<P, Q, B, R> {
  const isolateBy = spec.isolateBy ?? ['id', 'room'].find((name) => Object.hasOwn(spec.params ?? {}, name))
  return {
    ...spec,
    // 16 KiB holds the largest body of today's routes several times over; a route that needs more says so.
    bodyBytesMax: spec.bodyBytesMax ?? 16_384,
    keyed: spec.keyed ?? (spec.role !== undefined && spec.method !== 'GET'),
    ...(isolateBy !== undefined && { isolateBy }),
    schemas: {
      params: z.strictObject((spec.params ?? {}) as P),
      query: z.strictObject((spec.query ?? {}) as Q),
      body: spec.body,
    },
  }
}

/**
 * Checks a raw request against its route.
 * @throws AppError VALIDATION_FAILED naming every refused field.
 */
export function parseInput<R extends Route>(
  of: R,
  raw: { params: unknown; query: unknown; body: unknown },
): RouteInput<R> {
  const errors: FieldProblem[] = []
  const take = (part: string, schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    // One bad array can produce thousands of issues; the first twenty tell the story.
    for (const issue of parsed.error.issues.slice(0, 20)) {
      errors.push({ path: [part, ...issue.path.map(String)].join('.'), message: issue.message })
    }
    return undefined
  }
  const input = {
    params: take('params', of.schemas.params, raw.params),
    query: take('query', of.schemas.query, raw.query),
    body: take('body', of.schemas.body, raw.body),
  }
  if (errors.length > 0) {
    throw new AppError('VALIDATION_FAILED', errors.map((e) => `${e.path}: ${e.message}`).join('; '), { errors })
  }
  return input as RouteInput<R>
}

/** By which class what says that it is of `kind` is let in. */
export function criticalityOf(
  { kinds, criticality }: Pick<Route, 'kinds' | 'criticality'>,
  kind?: string,
): Criticality {
  const own =
    kinds && kind !== undefined && Object.hasOwn(kinds.criticality, kind) ? kinds.criticality[kind] : undefined
  return own ?? criticality
}

/** The kind a body is of, where a route tells kinds apart. */
export function kindOf({ kinds }: Pick<Route, 'kinds'>, body: unknown): string | undefined {
  const kind = kinds && (body as Record<string, unknown> | undefined)?.[kinds.field]
  return typeof kind === 'string' ? kind : undefined
}
