import { type Accounts, type Entry, type EntryKind, type Grant, outstanding, type Stock } from './stock.js'

/** One step of the books: what it leaves, and what it writes into the ledger. */
export interface Step {
  stock: Stock
  grant: Grant
  entries: Entry[]
}

/** What a data centre says of a grant it has stopped issuing from. */
export interface LastWord {
  /** At least so many. */
  issued: number
  /** Exactly so many: its store has kept its memory since the grant came. */
  exact: boolean
}

type Terms = Pick<Grant, 'id' | 'dc' | 'credit' | 'amount'>

/** Takes up to `amount` out of the stock. It may not be issued from yet: the allowance is 0 until the data centre reports. */
export function granted(stock: Stock, terms: Terms, endsAtMs: number): Step {
  const amount = Math.min(terms.amount, stock.remaining)
  const after = { ...stock, version: stock.version + 1, remaining: stock.remaining - amount }
  const none = { allowance: 0, issued: 0, returned: 0, lost: 0 }
  const grant: Grant = { ...terms, ...none, stock: stock.id, token: after.version, amount, state: 'open', endsAtMs }
  return { stock: after, grant, entries: [entry(after, grant, 'granted', amount, '', '')] }
}

/** Takes a data centre's count, and lets it go on by its credit and until `endsAtMs` while the grant is open. */
export function reported(stock: Stock, grant: Grant, issued: number, endsAtMs: number): Step {
  if (grant.state === 'closed') return found(stock, grant, issued)
  const step = booked(stock, grant, issued)
  if (grant.state !== 'open') return step
  const allowance = Math.max(grant.allowance, Math.min(grant.amount, step.grant.issued + grant.credit))
  return { ...step, grant: { ...step.grant, allowance, endsAtMs: Math.max(grant.endsAtMs, endsAtMs) } }
}

/**
 * Takes back at once what the data centre has never been allowed to issue. The rest is awaited. No clock is asked: an
 * allowance never rises again, so nothing that is still under way can make the data centre issue what is returned here.
 */
export function takenBack(stock: Stock, grant: Grant, reason: string): Step {
  if (grant.state !== 'open') return { stock, grant, entries: [] }
  const back = grant.amount - grant.allowance
  return returned(stock, { ...grant, state: 'closing' }, back, reason)
}

/** Closes a grant by the word of its data centre. What it cannot vouch for, up to its allowance, is lost. */
export function settled(stock: Stock, grant: Grant, word: LastWord, reason: string): Step {
  if (grant.state === 'closed') return found(stock, grant, word.issued)
  const first = booked(stock, grant, word.issued)
  const open = outstanding(first.grant)
  const lost = word.exact ? 0 : first.grant.allowance - first.grant.issued
  const second = returned(first.stock, { ...first.grant, state: 'closed' }, open - lost, reason)
  if (lost === 0) return { ...second, entries: [...first.entries, ...second.entries] }
  const last = entry(second.stock, second.grant, 'lost', lost, '', reason)
  return {
    stock: second.stock,
    grant: { ...second.grant, lost },
    entries: [...first.entries, ...second.entries, last],
  }
}

/** Of what was written off, so much had been issued after all. */
function found(stock: Stock, grant: Grant, issued: number): Step {
  const amount = Math.min(issued - grant.issued, grant.lost)
  if (amount <= 0) return { stock, grant, entries: [] }
  const after = { ...grant, issued: grant.issued + amount, lost: grant.lost - amount }
  return moved(stock, after, 'found', amount, `${after.issued}`, '')
}

function booked(stock: Stock, grant: Grant, issued: number): Step {
  const amount = issued - grant.issued
  if (amount <= 0) return { stock, grant, entries: [] }
  if (issued > grant.allowance) throw new Error(`${grant.dc} says it has issued more of ${grant.id} than it may`)
  return moved(stock, { ...grant, issued }, 'issued', amount, `${issued}`, '')
}

function returned(stock: Stock, grant: Grant, amount: number, reason: string): Step {
  if (amount === 0) return { stock, grant, entries: [] }
  const after = { ...stock, remaining: stock.remaining + amount }
  const total = grant.returned + amount
  return moved(after, { ...grant, returned: total }, 'returned', amount, `${total}`, reason)
}

function moved(before: Stock, grant: Grant, kind: EntryKind, amount: number, upTo: string, reason: string): Step {
  const stock = { ...before, version: before.version + 1 }
  return { stock, grant, entries: [entry(stock, grant, kind, amount, upTo, reason)] }
}

/** `upTo` is the sum of this kind after it: what is booked twice has the same key. */
function entry(stock: Stock, grant: Grant, kind: EntryKind, amount: number, upTo: string, reason: string): Entry {
  const key = [grant.id, kind, upTo].filter(Boolean).join(':')
  return { key, grant: grant.id, kind, amount, remaining: stock.remaining, reason }
}

export function accountsOf(stock: Stock, grants: readonly Grant[]): Accounts {
  const sum = (of: (grant: Grant) => number) => grants.reduce((all, grant) => all + of(grant), 0)
  return {
    total: stock.total,
    remaining: stock.remaining,
    leased: sum((grant) => (grant.state === 'open' ? outstanding(grant) : 0)),
    awaited: sum((grant) => (grant.state === 'closing' ? outstanding(grant) : 0)),
    issued: sum(({ issued }) => issued),
    lost: sum(({ lost }) => lost),
  }
}

/** What does not agree: rows with the ledger, or the parts with the total. Empty when all is conserved. */
export function discrepancies(accounts: Accounts, sums: Readonly<Partial<Record<EntryKind, number>>>): string[] {
  const of = (kind: EntryKind) => sums[kind] ?? 0
  const issued = of('issued') + of('found')
  const lost = of('lost') - of('found')
  const expected = {
    total: of('created'),
    remaining: of('created') - of('granted') + of('returned'),
    issued,
    lost,
  }
  const wrong = Object.entries(expected).flatMap(([name, value]) => {
    const told = accounts[name as keyof typeof expected]
    return told === value ? [] : [`${name} is ${told}, by the ledger ${value}`]
  })
  const { total, ...parts } = accounts
  const sum = Object.values(parts).reduce((all, part) => all + part, 0)
  if (sum !== total) wrong.push(`the parts are ${sum} of ${total}`)
  for (const [name, value] of Object.entries(accounts)) if (value < 0) wrong.push(`${name} is ${value}`)
  return wrong
}
