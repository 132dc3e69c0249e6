import type { Cached } from '@gala/cache'
import { Answer } from '@gala/runtime'
import type { Parts } from './parts.js'

/** An answer made from cached values: as old as the oldest, as stale as the stalest, touched by what touches any. */
export function answer<T>(
  parts: Pick<Parts, 'missing'>,
  value: T,
  made: readonly Made[],
  { degraded = [], freshMs }: { degraded?: string[]; freshMs?: number | undefined } = {},
): Answer<T> {
  const source = made.some((m) => m.source === 'stale')
    ? 'stale'
    : made.every((m) => m.source === 'hit')
      ? 'hit'
      : 'miss'
  return new Answer(value, {
    tags: [...new Set(made.flatMap((m) => m.tags))],
    source,
    asOfMs: Math.min(...made.map((m) => m.asOfMs)),
    position: Math.min(...made.map((m) => m.position)),
    ...(freshMs !== undefined && { freshMs }),
    degraded: [...parts.missing(), ...degraded],
  })
}

export type Made = Pick<Cached<unknown>, 'tags' | 'source' | 'asOfMs' | 'position'>
