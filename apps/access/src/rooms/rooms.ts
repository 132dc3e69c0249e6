import { AppError, type CloseReason } from '@gala/contracts'
import { type Clock, randomUnit } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'
import type { FastifyInstance } from 'fastify'
import { type AccessContext, viewerKeysOf } from '../access.config.js'
import type { Application } from '../application.js'
import type { Limits } from '../limits.js'
import type { LocalHandlers } from '../local.js'
import type { OwnShare } from '../own-share.js'
import { RoomAddresses } from './addresses.js'
import type { AdmissionLimits } from './admission.js'
import { Broadcast } from './broadcast.js'
import { connect } from './connect.js'
import { Departures } from './departures.js'
import { Doorkeeper } from './doorkeeper.js'
import { Feeds } from './feeds.js'
import { Gate } from './gate.js'
import { Moves } from './moves.js'
import { pollAfterMs } from './poll-pace.js'
import { Polls } from './polls.js'
import { reportTo } from './report.js'
import { type Gone, RoomSockets } from './room-sockets.js'
import { RoomStreams } from './room-streams.js'
import { Sends } from './sends.js'
import { type RoomSignals, roomSignals } from './signals.js'
import { TicketRefused, Tickets } from './tickets.js'
import { Upgrades } from './upgrades.js'
import { type Marks, UsedTickets } from './used-tickets.js'

/** For what was said last to be read. */
const lastWordMs = 200
/** This long without an answer, the store is lost. */
const lostMs = 5_000

interface Parts {
  store: RoomStore
  application: Application
  limits: Limits
  redis: Marks
  share: Pick<OwnShare, 'takes'>
}

/** Rooms of this process: what viewers poll, and their long connections. */
export class Rooms {
  readonly handlers: LocalHandlers
  readonly #doorkeeper: Doorkeeper
  readonly #upgrades: Upgrades
  readonly #sockets: RoomSockets
  readonly #streams: RoomStreams
  readonly #feeds: Feeds
  readonly #moves: Moves

  constructor(context: AccessContext, parts: Parts) {
    const { config, clock, health } = context
    const { GALA_DC: dc, GALA_INSTANCE: instance } = config
    const signals = roomSignals(context)
    const { counts } = signals
    const ground = groundOf(context, parts, signals)
    const { feeds } = ground
    const doorkeeper = new Doorkeeper(ground, limitsOf(config), clock)
    const shared = { ...ground, clock, counts, dc, instance }
    const sends = sendsOf(context, parts, signals)
    const sockets = new RoomSockets({ ...shared, sends, whyNot: whyNot(signals) })
    const onGone = (why: Gone) => void sockets.closes[why]++
    const streams = new RoomStreams({ ...shared, doorkeeper, onGone })
    const all = () => [...sockets.all, ...streams.all]
    this.#moves = new Moves({ ...ground, clock, departures: new Departures(clock, randomUnit), all })
    this.#feeds = feeds
    this.#doorkeeper = doorkeeper
    this.#sockets = sockets
    this.#streams = streams
    this.#upgrades = new Upgrades(doorkeeper, sockets, dc)
    this.handlers = { 'rooms.messages': new Polls({ ...ground, clock }).answer, 'rooms.connect': connect(ground) }
    parts.store.listen({
      direct: (message) => {
        sockets.direct(message)
        streams.direct(message)
      },
    })
    health.onDrain(() => this.#drain(clock, all().length > 0, config.GALA_ROOM_DRAIN_MS))
    signals.watch({ sockets, streams, feeds, doorkeeper })
  }

  /** Takes the requests for long connections of this server. */
  serve(server: FastifyInstance) {
    server.server.on('upgrade', this.#upgrades.take)
    this.#streams.serve(server)
  }

  close() {
    this.#moves.close()
    this.#sockets.close()
    this.#streams.close()
    this.#feeds.close()
  }

  /** The server does not close before everybody has gone. */
  async #drain(clock: Clock, anybody: boolean, withinMs: number) {
    this.#doorkeeper.leaving = true
    await this.#moves.drain(withinMs)
    if (anybody) await clock.sleep(lastWordMs)
    this.close()
  }
}

/** What every way into a room stands on. */
function groundOf(context: AccessContext, { store, application, redis, share }: Parts, { storeFailed }: RoomSignals) {
  const { config, clock, switches, shedding } = context
  const { GALA_DC: dc, GALA_INSTANCE: instance, GALA_KEY_PREFIX: keyPrefix, GALA_ROOM_URLS: urls } = config
  const broadcast = new Broadcast(clock)
  const onNews = broadcast.news.bind(broadcast)
  const onTick = reportTo(store, instance, clock, storeFailed)
  const feeds = new Feeds({ store, clock, onError: storeFailed, onNews, onTick })
  const used = new UsedTickets(redis, keyPrefix, clock, storeFailed)
  return {
    feeds,
    gate: new Gate(application),
    tickets: new Tickets(viewerKeysOf(config), clock, used),
    addresses: new RoomAddresses({ urls, dc, ownFirst: (traceparent) => share.takes(traceparent) }),
    pollAfterMs: pollAfterMs(() => shedding?.headroomLeft ?? 1),
    isSwitched: () => switches.rung('rooms-live') === 'omit' || switches.rung('rooms') === 'omit',
    isLost: () => feeds.lostMs > lostMs,
  }
}

function sendsOf({ switches, shedding, traces }: AccessContext, { application, limits }: Parts, signals: RoomSignals) {
  return new Sends({
    application,
    limits,
    enter: (criticality, network) => (shedding ? shedding.enter(criticality, network) : () => {}),
    // Of chat that is off for some viewers only, application knows whether this is one of them.
    isOff: (key, network) =>
      key === 'chat' && switches.isPartial(key) ? false : switches.rung(key, { id: network }) === 'omit',
    onInternal: signals.failedUnexpectedly,
    traces,
  })
}

const limitsOf = (config: AccessContext['config']): AdmissionLimits => ({
  perS: config.GALA_ROOM_SOCKETS_PER_S,
  max: config.GALA_ROOM_SOCKETS_MAX,
  perAddressMax: config.GALA_ROOM_SOCKETS_PER_ADDRESS,
})

/** As what an opening that failed is told. */
function whyNot({ failedUnexpectedly }: RoomSignals) {
  return (error: unknown): CloseReason => {
    if (error instanceof TicketRefused) return error.reason
    if (error instanceof AppError) return error.code === 'ROOM_UNAVAILABLE' ? 'STORE_LOST' : 'ROOM_CLOSED'
    failedUnexpectedly(new AppError('INTERNAL', 'a long connection failed', { cause: error }))
    return 'STORE_LOST'
  }
}
