/** Header names, once. The first group is public contract; the second travels only between access and application. */
export const headers = {
  dc: 'x-gala-dc',
  cache: 'x-gala-cache',
  degraded: 'x-gala-degraded',
  /** Unix milliseconds at which the value was read from its source; `age` in seconds says the same for caches. */
  asOf: 'x-gala-as-of',
  /** Of the client: `name/version`, such as `web/2.1.0`. Orders of operators can be for old versions only. */
  client: 'x-gala-client',
  /** Which kind of thing a body is, on routes where kinds matter differently: what is more important is refused last. */
  kind: 'x-gala-kind',
  /** A token of operators that forces the trace of the request to be made whole and kept. */
  trace: 'x-gala-trace',
  /** Instance that made the answer. */
  servedBy: 'x-gala-served-by',
  /** Of the caller of a keyed route: the same for every attempt of one act (draft-ietf-httpapi-idempotency-key-header). */
  idempotencyKey: 'idempotency-key',
  /** `true` on an answer that was kept from an earlier attempt. */
  idempotencyReplayed: 'idempotency-replayed',
  /** Limits of the route, and what is left of the one that matters now (draft-ietf-httpapi-ratelimit-headers-10). */
  rateLimitPolicy: 'ratelimit-policy',
  rateLimit: 'ratelimit',
} as const

export const internalHeaders = {
  /** Whose token access has looked at: a `Viewer` as JSON in base64url. The edge lets nobody else say it. */
  viewer: 'x-gala-viewer',
  tags: 'x-gala-tags',
  position: 'x-gala-position',
  /** Milliseconds an answer that changes by itself may be believed from now. Relative, for the same reason as the next. */
  freshMs: 'x-gala-fresh-ms',
  /** Milliseconds the asker still waits. Relative, so that no two clocks have to agree. */
  timeoutMs: 'x-gala-timeout-ms',
} as const

export type CacheSource = 'hit' | 'stale' | 'miss' | 'snapshot' | 'bypass'
