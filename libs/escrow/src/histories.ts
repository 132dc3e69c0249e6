import type { Clock } from '@gala/kernel'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { EscrowBooks } from './books.js'
import { GrantKeeper } from './grant-keeper.js'
import type { GrantStore, Issue } from './grant-store.js'
import { Issuer } from './issuer.js'
import { MemoryBookStore } from './memory-book-store.js'
import { type MemoryCopy, MemoryGrantStore } from './memory-grant-store.js'
import { type Guard, lackingBooks, lackingStore } from './planted.js'

const stock = 'prizes'
const terms = { termMs: 600, graceMs: 100, marginMs: 40 }
const patienceMs = 250
const lasts = { faultsMs: 2_500, claimsMs: 50, keeperMs: 100 }

interface Answer {
  claimant: string
  issue: Issue
}

/** One data centre: a store with a clock of its own, instances that issue and processes that keep its grants. */
class DataCentre {
  readonly store: MemoryGrantStore
  issuers: Issuer[] = []
  keepers: GrantKeeper[] = []
  /** Nobody reaches the store before then. */
  downUntilMs = 0
  /** The books are not reached before then. */
  cutUntilMs = 0
  /** Its store has forgotten something. */
  forgot = false
  gone = false
  readonly copies: MemoryCopy[] = []
  readonly answers: Answer[] = []

  constructor(
    readonly id: string,
    clock: Clock,
    /** Its clock is this far off, and this much faster. */
    skew: { ms: number; part: number },
    lacking: Guard | undefined,
  ) {
    const own = { nowMs: () => Math.floor(clock.nowMs() * (1 + skew.part) + skew.ms) }
    this.store = lackingStore(lacking, own)
  }
}

/** Two data centres under seeded faults on virtual time, and everything that was issued held against the books. */
export class History {
  readonly broken: string[] = []
  issued = 0
  faults = 0
  readonly #clock = new VirtualClock(1_000_000)
  readonly #random: () => number
  readonly #bookStore = new MemoryBookStore()
  readonly #books: EscrowBooks
  readonly #dcs: DataCentre[]
  readonly #total: number
  /** What each grant has issued, as it happened. */
  readonly #facts = new Map<string, Set<number>>()
  #asks = 0
  #calm = false

  constructor(
    seed: number,
    private readonly lacking?: Guard,
  ) {
    this.#random = seededRandom(seed)
    this.#total = Math.ceil(this.#between(20, 120))
    const graceMs = lacking === 'the books wait for the end' ? -10_000 : terms.graceMs
    const options = { store: this.#bookStore, clock: this.#clock, termMs: terms.termMs, graceMs }
    this.#books = new EscrowBooks(options)
    const skew = () => ({ ms: this.#between(-5_000, 5_000), part: this.#between(-0.02, 0.02) })
    this.#dcs = ['dc-a', 'dc-b'].map((id) => new DataCentre(id, this.#clock, skew(), lacking))
  }

  async play() {
    await this.#books.create(stock, this.#total)
    for (const dc of this.#dcs) this.#man(dc)
    const stops = [
      this.#clock.every(lasts.claimsMs, () => this.#claims()),
      this.#clock.every(lasts.keeperMs, () => this.#keep()),
      this.#clock.every(50, () => this.#somethingHappens()),
    ]
    await this.#clock.advance(lasts.faultsMs)
    this.#calm = true
    for (const dc of this.#dcs) {
      dc.cutUntilMs = 0
      dc.downUntilMs = 0
    }
    const [lost] = this.#chance(0.3) ? this.#dcs : []
    if (lost) lost.gone = true
    await this.#clock.advance(2 * patienceMs)
    await this.#books.end(stock, 'the show is over')
    await this.#clock.advance(2 * terms.termMs)
    if (lost) {
      for (const { id } of await this.#books.unclosed(stock, lost.id)) await this.#writeOff(id)
      lost.gone = false
      await this.#clock.advance(5 * lasts.keeperMs)
    }
    await this.#clock.advance(5 * lasts.keeperMs)
    for (const stop of stops) stop()
    await this.#clock.advance(2 * patienceMs)
    await this.#reckon()
  }

  /** In the end everything is somewhere, and nobody has what is not booked. */
  async #reckon() {
    const { accounts, discrepancies } = await this.#books.accounts(stock)
    this.broken.push(...discrepancies)
    if (accounts.leased + accounts.awaited > 0) this.broken.push(`not accounted for: ${JSON.stringify(accounts)}`)
    if (this.issued > this.#total) this.broken.push(`${this.issued} issued of ${this.#total}`)
    const grants = [...this.#bookStore.grants.values()]
    const asks = new Set(grants.map(({ id }) => id.split('.')[0]))
    if (asks.size < grants.length) this.broken.push(`${grants.length} grants for ${asks.size} asks`)
    for (const { id, dc, issued, lost } of grants) {
      const fact = this.#facts.get(id)?.size ?? 0
      const { forgot } = this.#dcs.find((one) => one.id === dc) as DataCentre
      if (fact < issued || fact > issued + lost)
        this.broken.push(`${id}: ${fact} issued, ${issued} booked, ${lost} lost`)
      if (!forgot && fact !== issued) this.broken.push(`${id}: ${fact} issued, ${issued} booked, nothing was forgotten`)
    }
    for (const dc of this.#dcs) this.#sameAnswers(dc)
  }

  #sameAnswers({ answers, forgot }: DataCentre) {
    const by = new Map<string, string>()
    for (const { claimant, issue } of answers) {
      const unit = `${issue.grant}:${issue.serial}`
      if (!this.#facts.get(issue.grant)?.has(issue.serial)) this.broken.push(`${unit} was never issued`)
      const before = by.get(claimant) ?? unit
      if (!forgot && before !== unit) this.broken.push(`${claimant} got ${before} and ${unit}`)
      by.set(claimant, unit)
    }
  }

  /** Held against the books at the moment it happens. */
  #noted({ issues }: { issues: (Issue | undefined)[] }, dc: DataCentre) {
    for (const issue of issues) {
      if (!issue || issue.again) continue
      const serials = this.#facts.get(issue.grant) ?? new Set()
      this.#facts.set(issue.grant, serials)
      if (serials.has(issue.serial)) this.broken.push(`${issue.grant}:${issue.serial} was issued twice`)
      serials.add(issue.serial)
      this.issued++
      const grant = this.#bookStore.grants.get(`${stock} ${issue.grant}`)
      if (!grant || grant.state === 'closed') this.broken.push(`${dc.id} issues from ${issue.grant}, which is closed`)
      else if (serials.size > grant.allowance) this.broken.push(`${dc.id} issues beyond the allowance of ${grant.id}`)
    }
  }

  #man(dc: DataCentre) {
    dc.issuers = [1, 2].map(() => this.#issuer(dc))
    dc.keepers = [1, 2].map(() => this.#keeper(dc))
  }

  #issuer(dc: DataCentre): Issuer {
    const sizes = { parcel: 4, leaseMs: 300, marginMs: 20, batchMax: 5, waitingMax: 100, emptyMs: 60 }
    const clock = this.#clock
    return new Issuer({ store: this.#reached(dc), stock, clock, ...sizes })
  }

  #keeper(dc: DataCentre): GrantKeeper {
    const marginMs = this.lacking === 'a data centre stops before the books think so' ? -3_000 : terms.marginMs
    const books = lackingBooks(this.lacking, this.#books)
    const reach = <T>(work: () => Promise<T>) => this.#call(work, () => Math.max(dc.cutUntilMs, this.#away(dc, false)))
    return new GrantKeeper({
      books: {
        termMs: books.termMs,
        grant: (ask) => reach(() => books.grant(ask)),
        report: (...args) => reach(() => books.report(...args)),
        settle: (...args) => reach(() => books.settle(...args)),
        unclosed: (...args) => reach(() => books.unclosed(...args)),
      },
      ...{ store: this.#reached(dc), stock, dc: dc.id, amount: 12, credit: 5, lowWater: 6, marginMs },
      newId: () => `${dc.id}-${++this.#asks}`,
    })
  }

  /** The store as a process of its data centre reaches it. */
  #reached(dc: DataCentre): GrantStore {
    const { store } = dc
    const reach = <T>(work: () => Promise<T>) => this.#call(work, () => this.#away(dc, true))
    return {
      look: (of) => reach(() => store.look(of)),
      install: (...args) => reach(() => store.install(...args)),
      allow: (...args) => reach(() => store.allow(...args)),
      close: (...args) => reach(() => store.close(...args)),
      forget: (...args) => reach(() => store.forget(...args)),
      lease: (...args) => reach(() => store.lease(...args)),
      giveBack: (...args) => reach(() => store.giveBack(...args)),
      record: (...args) =>
        reach(async () => {
          const recorded = await store.record(...args)
          this.#noted(recorded, dc)
          return recorded
        }),
    }
  }

  #away = (dc: DataCentre, store: boolean) => (dc.gone ? Number.POSITIVE_INFINITY : store ? dc.downUntilMs : 0)

  /** A message there and one back: slow, lost, sent twice, or carried out long after its sender has given up. */
  async #call<T>(work: () => Promise<T>, awayUntilMs: () => number): Promise<T> {
    const clock = this.#clock
    const carriedOut = async () => {
      if (clock.nowMs() < awayUntilMs()) throw new Error('nobody answers')
      return await work()
    }
    if (this.#calm) return await carriedOut()
    await clock.sleep(this.#between(0, 6))
    const fate = this.#random()
    if (fate < 0.04) {
      const late = this.#between(patienceMs, 2_500)
      clock.after(late, () => void carriedOut().catch(() => {}))
      await clock.sleep(patienceMs)
      throw new Error('too late')
    }
    if (fate < 0.06) clock.after(this.#between(0, 2_500), () => void carriedOut().catch(() => {}))
    const answer = await carriedOut()
    await clock.sleep(this.#between(0, 6))
    if (fate > 0.06 && fate < 0.08) throw new Error('the answer was lost')
    return answer
  }

  #claims() {
    if (this.#calm && this.#chance(0.7)) return
    for (const dc of this.#dcs) {
      for (const issuer of dc.issuers) {
        if (this.#chance(0.4)) continue
        const claimant = `${dc.id} ${Math.floor(this.#random() * this.#total)}`
        issuer.issue(claimant).then(
          (issue) => issue && dc.answers.push({ claimant, issue }),
          () => {},
        )
      }
    }
  }

  #keep() {
    for (const { keepers } of this.#dcs) for (const keeper of keepers) keeper.turn().catch(() => {})
  }

  #somethingHappens() {
    if (this.#calm) return
    const nowMs = this.#clock.nowMs()
    for (const dc of this.#dcs) {
      if (this.#chance(0.05)) dc.copies.push(dc.store.copy())
      this.#sometimes(0.03, () => dc.issuers.splice(this.#chance(0.5) ? 0 : 1, 1, this.#issuer(dc)))
      this.#sometimes(0.02, () => dc.keepers.splice(this.#chance(0.5) ? 0 : 1, 1, this.#keeper(dc)))
      this.#sometimes(0.01, () => {
        dc.cutUntilMs = nowMs + this.#between(100, 2_500)
      })
      this.#sometimes(0.01, () => this.#outage(dc))
      this.#sometimes(0.006, () => this.#man(dc))
    }
    this.#sometimes(0.03, () => this.#operator())
  }

  #outage(dc: DataCentre) {
    dc.downUntilMs = this.#clock.nowMs() + this.#between(50, 1_500)
    const fate = this.#random()
    if (fate < 0.4) return
    dc.forgot = true
    const older = dc.copies.at(-1 - Math.floor(this.#random() * 4))
    if (fate < 0.6) dc.store.restart()
    else dc.store.restart(fate < 0.8 && older ? older : new Map())
  }

  /** Takes back a grant, or tries to write one off; the books refuse while it may be issued from. */
  #operator() {
    const open = [...this.#bookStore.grants.values()].filter(({ state }) => state !== 'closed')
    const grant = open[Math.floor(this.#random() * open.length)]
    if (!grant) return
    if (this.#chance(0.5)) void this.#books.takeBack(stock, grant.id, 'moved').catch(() => {})
    else void this.#writeOff(grant.id)
  }

  #writeOff = (id: string) => this.#books.writeOff(stock, id, 'nobody answers').catch(() => {})

  #sometimes(part: number, what: () => unknown) {
    if (!this.#chance(part)) return
    this.faults++
    what()
  }

  #chance = (part: number) => this.#random() < part
  #between = (least: number, most: number) => least + this.#random() * (most - least)
}
