import type { AppError, CacheSource, Route, RouteInput } from '@gala/contracts'
import type { Ready } from '@gala/runtime'
import type { Coding } from './coding.js'

/** A good answer as kept in memory: ready to be sent. */
export interface Copy {
  body: Buffer
  etag: string
  source: CacheSource
  degraded: string
  /** As it was last sent by the front: as good as new, and as what is left. */
  written?: Written
  writtenLeft?: Written
  /** What the body is coded in, of a copy of a copy. */
  coding?: Coding
  /** The same in other codings, once somebody has asked for them. */
  codedIn?: { [coding in Coding]?: Copy | Promise<Copy> }
}

/** What an answer says of the copy it was made of, and for whom it is. */
export interface Said {
  source: CacheSource
  /** Unix milliseconds. */
  asOfMs: number
  degraded: string
  /** Other viewers get more: nobody may keep it for them. */
  partial: boolean
}

/** The answer made of a copy. */
export interface Written {
  readonly said: Said
  readonly whole: Ready
  /** For whoever has the body; made when the first of them asks. */
  unchanged: Ready | undefined
}

/** Head of an answer, as a list and as text, and what it was asked with. */
const headBytes = 2_500

/** Memory a copy takes: its body, the same once more as the front writes it, as much for all codings together, and its head. */
export const copyBytes = ({ body }: Copy) => body.length * 3 + headBytes

/** What is kept of an address: its answer, or that there is nothing. Both until a change of what they were made from. */
export type Kept = { copy: Copy; question: Question } | { refusal: AppError }

/** What is asked of application, whoever asks. */
export interface Question {
  route: Route
  input: RouteInput<Route>
  path: string
  query: string
  /** Asked without a query: the answer may be left on disk. */
  plain: boolean
}

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
