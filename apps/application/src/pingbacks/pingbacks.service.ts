import {
  AppError,
  type Beacon,
  type BeaconRefusal,
  type publicApi,
  type RouteInput,
  type RouteReply,
  type Viewer,
} from '@gala/contracts'
import type { Spool } from '@gala/eventlog'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { EventsService } from '../events/events.service.js'
import { PARTS, type Parts } from '../parts.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'
import { ourTime } from './beacon-clock.js'
import { beaconLine } from './beacon-line.js'
import { samplingOf } from './sampling.js'
import { TakenBeacons } from './taken-beacons.repository.js'

type Add = (typeof publicApi.pingbacks)['add']
type Batch = RouteInput<Add>['body']
type Reply = RouteReply<Add>

export const BEACON_SPOOL = Symbol('BEACON_SPOOL')

/** A page shows one event, and may have gone on to the next; a batch that names many is made up to ask the database. */
const eventsMax = 4
/** Whoever carries the spool's files on needs that long for one. */
const fullRetryAfterMs = 30_000
const underWayRetryAfterMs = 1_000

interface Judged {
  index: number
  beacon: Beacon
  /** By our clock. */
  at: number
}

/** Takes down what players report: on a disk of this process, from where the pipeline carries it on. */
@Injectable()
export class PingbacksService implements OnApplicationShutdown {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'guarded'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'config' | 'shedding'>,
    @Inject(SIGNALS)
    private readonly signals: Pick<
      ApplicationSignals,
      'beaconTaken' | 'beaconsRepeated' | 'beaconRefused' | 'beaconsUnchecked' | 'spoolFull'
    >,
    @Inject(BEACON_SPOOL) private readonly spool: Spool | undefined,
    private readonly events: EventsService,
    private readonly taken: TakenBeacons,
  ) {}

  async onApplicationShutdown() {
    await this.spool?.close()
  }

  /**
   * Resolves when what was accepted is on a disk.
   * @throws AppError PINGBACKS_OFF, BOOKING_UNAVAILABLE (no room, no disk), IDEMPOTENCY_KEY_IN_USE (the same batch is being taken).
   */
  async take(batch: Batch, viewer: Viewer | undefined): Promise<Reply> {
    const { spool } = this
    if (!spool) throw new AppError('PINGBACKS_OFF', 'this pool has no folder for what players report')
    const { judged, refused } = await this.#judge(batch)
    const fresh = await this.#fresh(batch, judged)
    await this.#write(spool, batch, fresh, viewer)
    const repeated = judged.length - fresh.length
    this.signals.beaconsRepeated(repeated)
    for (const { code } of refused) this.signals.beaconRefused(code)
    const { GALA_PINGBACKS_ONE_IN: oneIn } = this.context.config
    return { accepted: fresh.length, repeated, refused, ...samplingOf(oneIn, this.context.shedding) }
  }

  async #judge({ beacons, sentAt }: Batch) {
    const receivedMs = this.context.clock.nowMs()
    const named = [...new Set(beacons.flatMap(({ event }) => event ?? []))]
    const looked = named.slice(0, eventsMax)
    const unknown = new Set(
      (await Promise.all(looked.map((id) => this.#isUnknown(id)))).flatMap((no, i) => (no ? looked[i] : [])),
    )
    const refusalOf = (event: string | null): BeaconRefusal | undefined => {
      if (event === null) return undefined
      if (!looked.includes(event)) return 'TOO_MANY_EVENTS'
      return unknown.has(event) ? 'EVENT_NOT_FOUND' : undefined
    }
    const judged: Judged[] = []
    const refused: Reply['refused'] = []
    for (const [index, beacon] of beacons.entries()) {
      const time = ourTime(beacon.at, sentAt, receivedMs)
      const code = 'refusal' in time ? time.refusal : refusalOf(beacon.event)
      if (code) refused.push({ index, code })
      else if ('at' in time) judged.push({ index, beacon, at: time.at })
    }
    return { judged, refused }
  }

  /** While nobody can be asked, a beacon is believed: it tells of just that hour. */
  #isUnknown(event: string): Promise<boolean> {
    return this.events.find(event).then(
      () => false,
      (error: unknown) => error instanceof AppError && error.code === 'EVENT_NOT_FOUND',
    )
  }

  /** Those that have not been taken before, each number once. Without Redis nobody knows; whoever counts, counts ids. */
  async #fresh({ session, batch }: Batch, judged: readonly Judged[]): Promise<Judged[]> {
    const once = [...new Map(judged.map((each) => [each.beacon.seq, each])).values()]
    if (once.length === 0) return []
    const seqs = once.map(({ beacon }) => beacon.seq)
    let known: boolean[] | undefined
    try {
      known = await this.parts.guarded(() => this.taken.begin(session, batch, seqs))
    } catch {
      this.signals.beaconsUnchecked()
      return once
    }
    if (known) return once.filter((_, i) => !known[i])
    // Not 503: for that access would ask another data centre, which knows nothing of it.
    const more = { retryAfterMs: underWayRetryAfterMs }
    throw new AppError('IDEMPOTENCY_KEY_IN_USE', 'this batch is being taken down', more)
  }

  async #write(spool: Spool, { session, batch }: Batch, fresh: readonly Judged[], viewer: Viewer | undefined) {
    const { clock, config } = this.context
    const received = clock.nowMs()
    const known = { session, dc: config.GALA_DC, received, viewer: viewer?.id }
    const seqs = fresh.map(({ beacon }) => beacon.seq)
    try {
      if (fresh.length > 0)
        await this.#onDisk(
          spool,
          fresh.map(({ beacon, at }) => beaconLine(beacon, { ...known, at })),
        )
    } catch (error) {
      await this.#settle(session, batch, [])
      throw error
    }
    for (const { beacon } of fresh) this.signals.beaconTaken(beacon.kind, viewer !== undefined)
    await this.#settle(session, batch, seqs)
  }

  async #onDisk(spool: Spool, lines: readonly string[]) {
    // All of them or none: what is sent again after a refusal is not there in part.
    if (!spool.append(lines.join('\n'))) {
      this.signals.spoolFull('beacons')
      throw new AppError('BOOKING_UNAVAILABLE', 'there is no room for more reports', { retryAfterMs: fullRetryAfterMs })
    }
    await spool.flushed().catch((cause: unknown) => {
      throw new AppError('BOOKING_UNAVAILABLE', 'reports cannot be written right now', { cause })
    })
  }

  /** Not to be remembered is no reason to refuse what is on a disk. */
  async #settle(session: string, batch: string, seqs: readonly number[]) {
    await this.parts.guarded(() => this.taken.done(session, batch, seqs)).catch(() => this.signals.beaconsUnchecked())
  }
}
