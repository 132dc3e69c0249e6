import { randomHex } from '@gala/kernel'
import type { Redis } from 'ioredis'
import {
  allowScript,
  closeScript,
  forgetScript,
  giveBackScript,
  installScript,
  leaseScript,
  lookScript,
  recordScript,
} from './grant-scripts.js'
import type { GrantStore, Issue, LastCount, Parcel, Recorded, Shelf, ShelfGrant } from './grant-store.js'

/** Longer than any message can be under way. */
const rememberedMs = 600_000

/** Grants in a Redis of any form. It has to be one that evicts nothing. */
export class RedisGrantStore implements GrantStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  async look(stock: string): Promise<Shelf> {
    const [life, nowMs, grants] = await this.#run<[string, number, unknown[][]]>(lookScript, stock, randomHex(8))
    return { life, nowMs, grants: grants.map(toShelfGrant) }
  }

  async install(stock: string, life: string, grant: Pick<ShelfGrant, 'id' | 'token' | 'amount' | 'endsAtMs'>) {
    const { id, token, amount, endsAtMs } = grant
    await this.#run(installScript, stock, life, id, token, amount, endsAtMs)
  }

  async allow(stock: string, life: string, id: string, allowance: number, endsAtMs: number) {
    await this.#run(allowScript, stock, life, id, allowance, endsAtMs)
  }

  async close(stock: string, id: string): Promise<LastCount> {
    const [known, issued, exact] = await this.#run<number[]>(closeScript, stock, id, rememberedMs)
    return { known: known === 1, issued: issued ?? 0, exact: exact === 1 }
  }

  async forget(stock: string, id: string) {
    await this.#run(forgetScript, stock, id, rememberedMs)
  }

  async lease(stock: string, holder: string, want: number, leaseMs: number): Promise<Parcel> {
    const [number = 0, left = 0, forMs = 0] = await this.#run<number[]>(leaseScript, stock, holder, want, leaseMs)
    return { number, left, forMs }
  }

  async record(stock: string, holder: string, number: number, claimants: readonly string[]): Promise<Recorded> {
    const [left, issues] = await this.#run<[number, string[]]>(recordScript, stock, holder, number, ...claimants)
    return { left: left < 0 ? undefined : left, issues: issues.map(toIssue) }
  }

  async giveBack(stock: string, holder: string, number: number) {
    await this.#run(giveBackScript, stock, holder, number)
  }

  async #run<T>(script: string, stock: string, ...args: (string | number)[]): Promise<T> {
    const keys = ['store', 'grants', 'parcels', 'issues'].map((name) => `${this.prefix}escrow:{${stock}}:${name}`)
    return (await this.redis.eval(script, keys.length, ...keys, ...args)) as T
  }
}

function toShelfGrant([id, ...numbers]: unknown[]): ShelfGrant {
  const [token = 0, amount = 0, allowance = 0, issued = 0, parcelled = 0, endsAtMs = 0, ...flags] = numbers.map(Number)
  const [closed, settled, exact] = flags.map((flag) => flag === 1)
  return {
    ...{ id: String(id), token, amount, allowance, issued, parcelled, endsAtMs },
    ...{ closed: closed === true, settled: settled === true, exact: exact === true },
  }
}

/** `=` or `+`, the grant, a colon and the serial; `-` for none. */
function toIssue(answer: string): Issue | undefined {
  if (answer === '-') return undefined
  const at = answer.lastIndexOf(':')
  return { grant: answer.slice(1, at), serial: Number(answer.slice(at + 1)), again: answer[0] === '=' }
}
