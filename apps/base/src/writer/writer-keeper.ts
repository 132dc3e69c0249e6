import type { DatabaseServer, ServerState, SourceAddress } from '@gala/database'
import type { Clock } from '@gala/kernel'
import { holderOf, mayTake, sequenceOf } from './succession.js'
import type { Ask, Ballot, Votes } from './votes.js'

/** What a clock may be off in one lease, and a little for what is under way. */
const marginOf = (leaseMs: number) => leaseMs * 0.05 + 20
/** Positions nobody uses after what a lost writer may have handed out unseen. */
const lossyGap = 1_000_000
/** A replica that confirms nothing for this long while somebody waits for it is done without. */
const replicaWithin = (leaseMs: number) => leaseMs / 2
/** Once done without, it is not waited for again sooner than this, and only when it is nearly there. */
const replicaAgainMs = 2_000
const nearTransactions = 100
const peerWithinMs = 250
/** A holder whose own server is silent for this long makes room for others. */
const serverWithin = (leaseMs: number) => leaseMs / 2
const applyWithinMs = 400
const handOverWithinMs = 1_200
const handOverLookMs = 10
/** A server that cannot follow is looked at for this long before it is built anew; with more rows than this it is left to operators. */
const divergedForMs = 1_000
const copiedRowsMax = 500_000

export interface KeeperParts {
  dc: string
  /** The data centre that writes when nothing is known of the past. */
  home: string
  leaseMs: number
  clock: Clock
  votes: Pick<Votes, 'needed' | 'look' | 'take' | 'give' | 'opened'>
  /** Of the own data centre. */
  server: DatabaseServer
  /** Of the others, only to look at. */
  peers: ReadonlyMap<string, Pick<DatabaseServer, 'state'>>
  /** Where a replica gets what the server of a data centre writes. */
  sources: ReadonlyMap<string, SourceAddress>
  /** Where all of what it holds can be read. */
  copies: ReadonlyMap<string, string>
  tell: KeeperSignals
}

interface KeeperSignals {
  writerTaken(token: number, why: string): void
  writerLeft(token: number, why: string): void
  writerUnsafe(token: number): void
  writerSafe(): void
  keeperFailed(error: unknown): void
  serverRebuilt(from: string): void
}

interface Held {
  token: number
  validUntilMs: number
  /** What is acknowledged has reached another data centre. */
  safe: boolean
  /** Writes are taken. */
  open: boolean
  lossy: boolean
  serverSeenMs: number
  confirmed: number
  confirmedAtMs: number
  /** Since when no replica is connected. */
  goneSinceMs: number | undefined
  unsafeSinceMs: number
}

/**
 * Sees to it that exactly one data centre writes. Whoever more than half of the voters have given the lease to opens its own
 * server and renews what the server needs to be written to; everybody else lets theirs follow. A lease that is not renewed
 * ends by every clock there is: that of the voters, ours, and the server's.
 */
export class WriterKeeper {
  #held: Held | undefined
  #freeSinceMs: number | undefined
  #divergedSinceMs: number | undefined
  /** An ask that could not be followed is not tried again. */
  #refused: Ask | undefined

  constructor(private readonly parts: KeeperParts) {}

  /** How long until the next step. */
  get everyMs(): number {
    return this.parts.leaseMs / (this.#held ? 5 : 10)
  }

  async step(): Promise<void> {
    if (this.#held) await this.#hold(this.#held)
    else await this.#watch()
  }

  /** Makes room at once, instead of letting the lease run out. */
  async leave(): Promise<void> {
    if (this.#held) await this.#end(this.#held, 'stopping')
  }

  async #hold(held: Held) {
    const { clock, votes, server, leaseMs, tell } = this.parts
    const startedMs = clock.monotonicMs()
    const { granted, looks } = await votes.take(held.token, held)
    if (granted) held.validUntilMs = startedMs + leaseMs - marginOf(leaseMs)
    if (clock.monotonicMs() >= held.validUntilMs) return await this.#end(held, 'not renewed')
    try {
      if (held.open) await server.renew(held.token, held.validUntilMs - clock.monotonicMs(), held.safe)
      else await this.#open(held)
      const state = await server.state()
      held.serverSeenMs = clock.monotonicMs()
      // It has closed itself, because nobody renewed it in time: its lease is ours still.
      if (held.open && state.readOnly) held.open = false
      else await this.#seeToReplicas(held, state)
    } catch (error) {
      tell.keeperFailed(error)
      if (clock.monotonicMs() - held.serverSeenMs >= serverWithin(leaseMs))
        return await this.#end(held, 'server is silent')
    }
    const ask = looks.map((look) => look.ask).find((of) => of?.token === held.token && of.to !== this.parts.dc)
    if (ask?.mode === 'planned' && held.open && !same(ask, this.#refused)) await this.#handOver(held, ask)
  }

  async #open(held: Held) {
    const { clock, server, votes, tell } = this.parts
    const gap = held.lossy ? lossyGap : 0
    await server.open(held.token, held.validUntilMs - clock.monotonicMs(), { gap, applyWithinMs })
    held.open = true
    await votes.opened(held.token)
    tell.writerTaken(held.token, held.lossy ? 'by order, with what it had' : 'with everything')
  }

  /**
   * Commits wait for a replica as long as there is one. Before they stop waiting the voters know that what is acknowledged from
   * then on exists once: nobody takes over by himself then.
   */
  async #seeToReplicas(held: Held, { semiSync, applied }: ServerState) {
    const { clock, server, votes, tell, leaseMs } = this.parts
    const withinMs = replicaWithin(leaseMs)
    const nowMs = clock.monotonicMs()
    const { on, replicas, waiting, confirmed } = semiSync
    if (confirmed !== held.confirmed || waiting === 0) held.confirmedAtMs = nowMs
    held.confirmed = confirmed
    if (held.safe) {
      if (replicas > 0) held.goneSinceMs = undefined
      else held.goneSinceMs ??= nowMs
      const gone = held.goneSinceMs !== undefined && nowMs - held.goneSinceMs >= withinMs
      if (on && !gone && nowMs - held.confirmedAtMs < withinMs) return
      const { granted } = await votes.take(held.token, { safe: false, open: held.open })
      if (!granted) return
      held.safe = false
      held.unsafeSinceMs = nowMs
      await server.renew(held.token, held.validUntilMs - clock.monotonicMs(), false)
      await server.setSemiSync(false)
      tell.writerUnsafe(held.token)
    } else if (replicas > 0 && !on) {
      if (nowMs - held.unsafeSinceMs >= replicaAgainMs && (await this.#someReplicaIsNear(applied)))
        await server.setSemiSync(true)
    } else if (replicas > 0) {
      held.safe = true
      held.confirmedAtMs = nowMs
      tell.writerSafe()
    }
  }

  /** Commits would stand still until it has caught up. */
  async #someReplicaIsNear(applied: string): Promise<boolean> {
    const { clock, peers } = this.parts
    const near = async (peer: Pick<DatabaseServer, 'state'>) => {
      const { replication } = await peer.state()
      return sequenceOf(applied) - sequenceOf(replication?.received ?? '') <= nearTransactions
    }
    // Whoever answers late must not hold up the renewing of what everybody's writes hang on.
    const late = clock.sleep(peerWithinMs).then(() => false)
    const all = await Promise.all(
      [...peers.values()].map((peer) => Promise.race([near(peer).catch(() => false), late])),
    )
    return all.includes(true)
  }

  async #handOver(held: Held, ask: Ask) {
    const { clock, server, votes, peers, tell } = this.parts
    const untilMs = clock.monotonicMs() + handOverWithinMs
    await server.fence()
    const { applied } = await server.state()
    while (clock.monotonicMs() < untilMs) {
      const there = await peers.get(ask.to)?.state().catch(tell.keeperFailed)
      if (there?.applied === applied) {
        this.#held = undefined
        await votes.give(held.token, ask.to)
        tell.writerLeft(held.token, `given to ${ask.to}`)
        return
      }
      await clock.sleep(handOverLookMs)
    }
    this.#refused = ask
    held.open = false
  }

  async #end(held: Held, why: string) {
    const { server, votes, tell } = this.parts
    this.#held = undefined
    tell.writerLeft(held.token, why)
    await server.fence().catch(tell.keeperFailed)
    await votes.give(held.token)
  }

  async #watch() {
    const { clock, votes, server, tell } = this.parts
    const looks = await votes.look()
    const nowMs = clock.monotonicMs()
    const voted = looks.flatMap(({ ballot }) => ballot ?? [])
    if (voted.length < votes.needed) {
      this.#freeSinceMs = undefined
      return
    }
    const highest = Math.max(...voted.map(({ token }) => token))
    if (voted.filter(({ leftMs }) => leftMs <= 0).length < votes.needed) {
      this.#freeSinceMs = undefined
      const holder = holderOf(voted, votes.needed)
      if (holder) await this.#follow(holder).catch(tell.keeperFailed)
      return
    }
    this.#freeSinceMs ??= nowMs
    const ask = looks.map((look) => look.ask).find((of) => of?.token === highest && of.to === this.parts.dc)
    const freeForMs = nowMs - this.#freeSinceMs
    try {
      const own = await server.state()
      const may = await mayTake({ ...this.parts, voted, own, freeForMs, emergency: ask?.mode === 'emergency' })
      if (may) await this.#take(Math.max(highest, own.token, may.tokenSeen) + 1, may.lossy)
    } catch (error) {
      tell.keeperFailed(error)
    }
  }

  async #take(token: number, lossy: boolean) {
    const { clock, votes, leaseMs } = this.parts
    const startedMs = clock.monotonicMs()
    const { granted } = await votes.take(token, { safe: false, open: false })
    if (!granted) return await votes.give(token)
    const nowMs = clock.monotonicMs()
    this.#freeSinceMs = undefined
    this.#held = {
      token,
      validUntilMs: startedMs + leaseMs - marginOf(leaseMs),
      safe: false,
      open: false,
      lossy,
      serverSeenMs: nowMs,
      confirmed: 0,
      confirmedAtMs: nowMs,
      goneSinceMs: undefined,
      unsafeSinceMs: Number.NEGATIVE_INFINITY,
    }
    await this.#open(this.#held)
  }

  /** Another process of the own data centre sees to the same server. */
  async #follow({ dc, token }: Ballot) {
    const { server, sources, copies, clock, tell } = this.parts
    const source = sources.get(dc)
    if (dc === this.parts.dc || !source) return
    const { replication, safe } = await server.follow(source, token)
    if (!replication?.diverged) {
      this.#divergedSinceMs = undefined
      return
    }
    // What it alone holds was acknowledged to nobody: whoever waited for it was cut off. Else operators have to look.
    const copy = copies.get(dc)
    this.#divergedSinceMs ??= clock.monotonicMs()
    if (!safe || copy === undefined || clock.monotonicMs() - this.#divergedSinceMs < divergedForMs) return
    this.#divergedSinceMs = undefined
    await server.rebuild(copy, copiedRowsMax)
    tell.serverRebuilt(dc)
  }
}

const same = (one: Ask, other: Ask | undefined) => one.to === other?.to && one.token === other.token
