import type { AppError, CacheSource } from '@gala/contracts'
import type { Ready } from '@gala/runtime'
import type { Coding } from './coding.js'

/** A good answer as kept in memory: ready to be sent. */
export interface Copy {
  body: Buffer
  etag: string
  source: CacheSource
  degraded: string
  /** As it was last sent by the front. */
  written?: Written
  /** What the body is coded in, of a copy of a copy. */
  coding?: Coding
  /** The same in other codings, once somebody has asked for them. */
  codedIn?: { [coding in Coding]?: Copy | Promise<Copy> }
}

/** The answer made of a copy: right for one second, because of what it says of its age. */
export interface Written {
  second: number
  readonly asOfMs: number
  readonly whole: Ready
}

/** Memory a copy takes: its body, the same once more as the front writes it, and as much for all codings together. */
export const copyBytes = ({ body }: Copy) => body.length * 3

/** What is kept of an address: its answer, or that there is nothing. Both until a change of what they were made from. */
export type Kept = { copy: Copy } | { refusal: AppError }

/** What is kept, for people. */
export const preview = (kept: Kept): string =>
  'copy' in kept ? kept.copy.body.toString('utf8') : `${kept.refusal.status} ${kept.refusal.code}`

/** Why an answer that could not be made anew is an old one. */
export const unreachable = 'application-unreachable'
export const overload = 'overload'

/** What a copy says of itself. A copy of a stale answer is stale, however fresh the copy. */
export function sourceOf(copy: Copy, source: 'hit' | 'stale' | 'miss'): CacheSource {
  if (source === 'miss') return copy.source
  return source === 'hit' && copy.source === 'stale' ? 'stale' : source
}

export const joined = (...reasons: string[]) => reasons.filter(Boolean).join(',')
