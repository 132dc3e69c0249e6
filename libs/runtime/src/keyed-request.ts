import { createHash } from 'node:crypto'
import { fieldRefused, headers, idempotencyKey, type Route } from '@gala/contracts'
import type { FastifyRequest } from 'fastify'

/** A write whose caller may send it again: by its key, which is its actor's own, and a fingerprint of what was asked for. */
export interface KeyedRequest {
  /** As long as a digest: the keys of two actors never meet. */
  id: string
  key: string
  actor: string
  route: string
  fingerprint: string
}

/**
 * The key of a request to a keyed route, if it has one; undefined otherwise. The draft writes a key in quotes (a string of
 * RFC 9651); without them it is the same key. The fingerprint covers method, address and body; spaces in the JSON do not count.
 * @throws AppError VALIDATION_FAILED, naming the header.
 */
export function keyedRequestOf(
  { headers: sent, method, url, body }: Pick<FastifyRequest, 'headers' | 'method' | 'url' | 'body'>,
  { name: route }: Pick<Route, 'name'>,
  actor: string,
): KeyedRequest | undefined {
  const text = sent[headers.idempotencyKey]
  if (text === undefined) return undefined
  const parsed = idempotencyKey.safeParse(/^"(.*)"$/.exec(String(text))?.[1] ?? text)
  if (!parsed.success) {
    throw fieldRefused(`headers.${headers.idempotencyKey}`, parsed.error.issues[0]?.message ?? 'is no key')
  }
  const key = parsed.data
  return {
    id: digestOf(`${key}\n${actor}`),
    key,
    actor,
    route,
    fingerprint: digestOf(`${method} ${url}\n${JSON.stringify(body ?? null)}`),
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
