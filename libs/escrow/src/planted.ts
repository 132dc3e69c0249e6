import type { Clock } from '@gala/kernel'
import type { EscrowBooks } from './books.js'
import { MemoryGrantStore } from './memory-grant-store.js'

/** What keeps the promise. A history that lacks one of them has to break it. */
export const guards = [
  'an instance whose parcel was taken back cannot issue from it',
  'a claimant is known by what was issued before',
  'a restarted store does not go on with what it had',
  'a message from an earlier life of the store changes nothing',
  'a store that has lost its memory is not brought the same grant again',
  'a data centre issues no more than it was allowed',
  'a store that has lost its memory is not believed',
  'a data centre stops before the books think so',
  'the books wait for the end',
  'a repeated ask is answered with the same grant',
] as const

export type Guard = (typeof guards)[number]

export function lackingStore(lacking: Guard | undefined, clock: Pick<Clock, 'nowMs'>): MemoryGrantStore {
  switch (lacking) {
    case 'an instance whose parcel was taken back cannot issue from it':
      return new Unfenced(clock)
    case 'a claimant is known by what was issued before':
      return new Forgetful(clock)
    case 'a restarted store does not go on with what it had':
      return new Confident(clock)
    case 'a message from an earlier life of the store changes nothing':
      return new Timeless(clock)
    default:
      return new MemoryGrantStore(clock)
  }
}

type Books = Pick<EscrowBooks, 'grant' | 'report' | 'settle' | 'unclosed' | 'termMs'>

export function lackingBooks(lacking: Guard | undefined, books: EscrowBooks): Books {
  const all: Books = {
    termMs: books.termMs,
    grant: (ask) => books.grant(ask),
    report: (...args) => books.report(...args),
    settle: (...args) => books.settle(...args),
    unclosed: (...args) => books.unclosed(...args),
  }
  let asks = 0
  switch (lacking) {
    case 'a store that has lost its memory is not brought the same grant again':
      all.unclosed = async (...args) => (await books.unclosed(...args)).map((grant) => ({ ...grant, allowance: 0 }))
      break
    case 'a data centre issues no more than it was allowed':
      all.report = async (...args) => {
        const grant = await books.report(...args)
        return grant && { ...grant, allowance: grant.amount }
      }
      break
    case 'a store that has lost its memory is not believed':
      all.settle = (stock, id, { issued }) => books.settle(stock, id, { issued, exact: true })
      break
    case 'a repeated ask is answered with the same grant':
      all.grant = (ask) => books.grant({ ...ask, id: `${ask.id}.${asks++}` })
      break
  }
  return all
}

class Unfenced extends MemoryGrantStore {
  readonly #given = new Map<string, ReturnType<MemoryGrantStore['fenced']>>()

  protected override fenced(...[memory, holder, number]: Parameters<MemoryGrantStore['fenced']>) {
    const id = `${holder} ${number}`
    const parcel = memory.parcels.get(holder)
    if (parcel?.number === number) this.#given.set(id, parcel)
    return this.#given.get(id)
  }
}

class Forgetful extends MemoryGrantStore {
  protected override known() {
    return undefined
  }
}

class Confident extends MemoryGrantStore {
  protected override lifeOf({ life }: Parameters<MemoryGrantStore['lifeOf']>[0]) {
    return life
  }
}

class Timeless extends MemoryGrantStore {
  override async install(...[stock, , grant]: Parameters<MemoryGrantStore['install']>) {
    await super.install(stock, (await this.look(stock)).life, grant)
  }

  override async allow(...[stock, , ...more]: Parameters<MemoryGrantStore['allow']>) {
    await super.allow(stock, (await this.look(stock)).life, ...more)
  }
}
