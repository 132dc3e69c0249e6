import { parseStored } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { z } from 'zod'

/** Behind the key prefix. In braces: of a cluster one node votes. */
const leaseKey = '{writer}:lease'
const askKey = '{writer}:ask'
/** What nobody has done by then was not meant for later. */
const askLifeMs = 15_000

/** What a holder has said of itself. */
export interface Word {
  dc: string
  /** 0: nobody has ever had it. */
  token: number
  /** Counts what the holder has said: a voter it could not reach for a while remembers an older word. */
  round: number
  /** Whether all that is acknowledged has reached another data centre. */
  safe: boolean
  /** The data centre it was given up for. */
  next: string
}

/** What a voter remembers of the writer lease: of whoever has it, or had it last. */
export interface Ballot extends Word {
  holder: string
  leftMs: number
  /** Of the last holder before that took writes: a lease that was granted and not used must not make anybody forget it. */
  before: Word | undefined
  /** When it was given up for another, and when that one took writes, by the voter's clock. */
  closedMs: number
  openedMs: number
}

const askSchema = z.object({
  to: z.string(),
  mode: z.enum(['planned', 'emergency']),
  token: z.int(),
})
/** That somebody wants the writer to move, and away from which holder. */
export type Ask = z.output<typeof askSchema>

export interface Look {
  name: string
  /** undefined: does not answer, or is too young to vote. */
  ballot: Ballot | undefined
  state: 'votes' | 'unreachable' | 'young'
  ask: Ask | undefined
  /** There and back; null when nothing came back. */
  tookMs: number | null
}

/** What is wanted of a voter. `take` gets or renews the lease, `give` ends it, `opened` says that writes are taken. */
export interface Wish {
  act: 'look' | 'take' | 'give' | 'opened'
  holder: string
  dc: string
  token: number
  round: number
  leaseMs: number
  safe: boolean
  next: string
  /** It takes writes. */
  open: boolean
}

/**
 * KEYS[1] lease  KEYS[2] ask   ARGV act, holder, dc, token, leaseMs, safe, next, round, open
 * A lease is taken when it is over and the token is higher than every one before, or by who has it. Returns 1 or 0, then the
 * ballot as it is now, then the ask. A voter that has started less than a lease ago may have forgotten what it granted: it does
 * not vote, and returns its age.
 */
const voteScript = `
local age = tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)'))
if (age - 1) * 1000 < tonumber(ARGV[5]) then return age end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key = KEYS[1]
local held = redis.call('HMGET', key, 'holder', 'token', 'until', 'opened', 'dc', 'safe', 'next', 'round')
local token, till = tonumber(held[2] or '0'), tonumber(held[3] or '0')
local wanted = tonumber(ARGV[4])
local own = held[1] == ARGV[2] and token == wanted
local done = 0
if ARGV[1] == 'take' and (own or (till <= now and wanted > token)) then
  if not own and (held[4] or '0') ~= '0' then
    redis.call('HSET', key, 'before', cjson.encode({ dc = held[5], token = token, safe = held[6] == '1', next = held[7] or '',
      round = tonumber(held[8] or '0') }))
  end
  local opened = own and tonumber(held[4] or '0') or 0
  if ARGV[9] == '1' and opened == 0 then opened = now end
  redis.call('HSET', key, 'holder', ARGV[2], 'dc', ARGV[3], 'token', wanted, 'until', now + ARGV[5], 'safe', ARGV[6], 'next', '',
    'round', ARGV[8], 'opened', opened)
  done = 1
elseif ARGV[1] == 'give' and own then
  redis.call('HSET', key, 'until', 0, 'next', ARGV[7], 'closed', now, 'round', ARGV[8])
  done = 1
elseif ARGV[1] == 'opened' and own then
  redis.call('HSET', key, 'opened', now)
  done = 1
end
local is = redis.call('HMGET', key, 'holder', 'dc', 'token', 'until', 'safe', 'next', 'closed', 'opened', 'round', 'before')
return { done, is[1] or '', is[2] or '', is[3] or '0', math.max(0, tonumber(is[4] or '0') - now), is[5] or '0', is[6] or '',
  is[7] or '0', is[8] or '0', redis.call('GET', KEYS[2]) or '', is[9] or '0', is[10] or '' }`

/** The Redis of one data centre, or the witness. */
export class Voter {
  constructor(
    readonly name: string,
    private readonly redis: Pick<Redis, 'eval' | 'set'>,
    private readonly prefix: string,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** Never rejects: a voter that does not answer has not voted. */
  async vote(wish: Wish): Promise<Look & { done: boolean }> {
    const { name, prefix, clock } = this
    const none = { name, ballot: undefined, ask: undefined, done: false }
    const startedMs = clock.monotonicMs()
    try {
      const { act, holder, dc, token, leaseMs, safe, next, round, open } = wish
      const keys = [`${prefix}${leaseKey}`, `${prefix}${askKey}`]
      const reply = await this.redis.eval(
        voteScript,
        2,
        ...keys,
        act,
        holder,
        dc,
        token,
        leaseMs,
        safe ? 1 : 0,
        next,
        round,
        open ? 1 : 0,
      )
      const tookMs = clock.monotonicMs() - startedMs
      return Array.isArray(reply)
        ? { name, state: 'votes', tookMs, ...read(reply) }
        : { ...none, state: 'young', tookMs }
    } catch {
      return { ...none, state: 'unreachable', tookMs: null }
    }
  }

  async ask(ask: Ask): Promise<void> {
    await this.redis.set(`${this.prefix}${askKey}`, JSON.stringify(ask), 'PX', askLifeMs)
  }
}

const wordSchema = z.object({ dc: z.string(), token: z.int(), round: z.int(), safe: z.boolean(), next: z.string() })

function read([done, holder, dc, token, left, safe, next, closed, opened, ask, round, before]: unknown[]) {
  const ballot: Ballot = {
    holder: String(holder),
    dc: String(dc),
    token: Number(token),
    round: Number(round),
    leftMs: Number(left),
    safe: safe === '1',
    next: String(next),
    closedMs: Number(closed),
    openedMs: Number(opened),
    before: parseStored(wordSchema, String(before)),
  }
  return { done: done === 1, ballot, ask: parseStored(askSchema, String(ask)) }
}

/** The voters as a whole: what more than half of them say, of all there are. */
export class Votes {
  #round = 0

  constructor(
    private readonly voters: readonly Pick<Voter, 'vote' | 'ask'>[],
    private readonly me: { holder: string; dc: string; leaseMs: number },
  ) {}

  get needed(): number {
    return Math.floor(this.voters.length / 2) + 1
  }

  look(): Promise<Look[]> {
    return this.#all('look', { token: 0 })
  }

  /** Whether more than half have granted it, for as long as a lease lasts from when this was called. */
  async take(token: number, { safe, open }: Pick<Wish, 'safe' | 'open'>): Promise<{ granted: boolean; looks: Look[] }> {
    const looks = await this.#all('take', { token, safe, open })
    return { granted: looks.filter(({ done }) => done).length >= this.needed, looks }
  }

  /** Ends it. With `next`, that data centre may take it at once. */
  async give(token: number, next = ''): Promise<void> {
    await this.#all('give', { token, next })
  }

  async opened(token: number): Promise<void> {
    await this.#all('opened', { token })
  }

  /** @throws when no voter hears of it. */
  async ask(ask: Ask): Promise<void> {
    await Promise.any(this.voters.map((voter) => voter.ask(ask)))
  }

  #all(act: Wish['act'], given: Pick<Wish, 'token'> & Partial<Wish>) {
    const wish = { ...this.me, safe: false, next: '', open: false, ...given, act, round: ++this.#round }
    return Promise.all(this.voters.map((voter) => voter.vote(wish)))
  }
}
