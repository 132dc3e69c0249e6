import { type Event, type ReadinessList, switchKeys } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../../base.config.js'
import { ControlReader } from '../../control/control-reader.js'
import { BoardService } from '../../datacentres/board.service.js'
import { EventsService } from '../../events/events.service.js'
import { FleetService } from '../../fleet/fleet.service.js'
import { levelIn } from '../../switches/level-order.js'
import { ProcessSampler } from '../../switches/process-sampler.service.js'
import { SavingsService } from '../../switches/savings.service.js'
import { switchHolds } from '../../switches/switch-rows.js'
import { AudiencePages } from './audience-pages.js'

type Check = ReadinessList['checks'][number]
type Found = Pick<Check, 'go' | 'seen'> & { weight?: Check['weight'] }

/** Probes of parts are half a second apart, and writes go on meanwhile: a part that follows is never this far behind. */
const behindMax = 100
/** With less, the first wave of viewers is met by shedding. */
const headroomMin = 0.1
/** A night that lasts longer is a mistake in its end. */
const lastsMaxMs = 86_400_000
const namedMax = 5

/** Go or no-go of an event, by what is seen now. */
@Injectable()
export class ReadinessService {
  constructor(
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly events: EventsService,
    private readonly fleet: FleetService,
    private readonly sampler: ProcessSampler,
    private readonly savings: SavingsService,
    private readonly board: BoardService,
    private readonly control: ControlReader,
    private readonly pages: AudiencePages,
  ) {}

  /**
   * A check that cannot be made is not passed.
   * @throws AppError EVENT_NOT_FOUND; DATABASE_UNAVAILABLE, DATABASE_READ_ONLY when the event cannot be read.
   */
  async check(eventId: string): Promise<ReadinessList> {
    const event = await this.events.read(eventId)
    const checks = await Promise.all([
      this.#made('times', 'stop', () => this.#times(event)),
      this.#made('parts', 'stop', () => this.#parts()),
      this.#made('streams', 'warn', () => this.#streams(eventId)),
      this.#made('changes-followed', 'stop', () => this.#followed()),
      this.#made('headroom', 'stop', () => this.#headroom()),
      this.#made('breakers-closed', 'stop', () => this.#breakers()),
      this.#made('play-lines', 'stop', () => this.#play(event)),
      this.#made('writer-safe', 'stop', () => this.#writer()),
      this.#made('level-0', 'stop', () => this.#level()),
      this.#made('switches-full', 'warn', () => this.#switches()),
      this.#made('switches-drilled', 'warn', () => this.#drilled()),
    ])
    const at = new Date(this.context.clock.nowMs()).toISOString()
    return { at, go: checks.every(({ go, weight }) => go || weight !== 'stop'), checks }
  }

  async #made(name: string, weight: Check['weight'], look: () => Found | Promise<Found>): Promise<Check> {
    try {
      return { name, weight, ...(await look()) }
    } catch (error) {
      return { name, weight, go: false, seen: `could not be asked: ${String((error as Error).message).slice(0, 200)}` }
    }
  }

  #times({ startAt, endAt, status }: Event): Found {
    const nowMs = this.context.clock.nowMs()
    const [startMs, endMs] = [Date.parse(startAt), Date.parse(endAt)]
    const wrong = [
      ...(endMs <= nowMs ? ['its end is past'] : []),
      ...(endMs - startMs > lastsMaxMs ? ['it would last longer than a day'] : []),
      ...(['draft', 'ended', 'replay'].includes(status) ? [`it is ${status}`] : []),
    ]
    const minutes = Math.round((startMs - nowMs) / 60_000)
    const when = minutes >= 0 ? `begins in ${minutes} min` : `began ${-minutes} min ago`
    return { go: wrong.length === 0, seen: [...wrong, when].join('; ') }
  }

  #parts(): Found {
    const { items } = this.fleet.fleet
    const expected = this.fleet.parts.filter(({ part }) => part.kind !== 'stream')
    const seen = items.filter(({ kind }) => kind !== 'stream')
    const bad = seen.filter(({ state }) => state !== 'up').map(({ name, state }) => `${name} ${state}`)
    const unseen = expected.length - seen.length
    const go = bad.length === 0 && unseen === 0 && expected.length > 0
    if (go) return { go, seen: `${seen.length} parts up` }
    return {
      go,
      seen: unseen > 0 ? `${unseen} parts were not looked at yet` : `${bad.length} of ${seen.length}: ${some(bad)}`,
    }
  }

  #streams(eventId: string): Found {
    const streams = this.fleet.fleet.items.filter(({ kind, name }) => kind === 'stream' && name.endsWith(eventId))
    const bad = streams.filter(({ state }) => state !== 'up').map(({ name, detail }) => `${name}: ${detail}`)
    if (streams.length === 0) return { go: false, seen: 'the topology names no stream of this event' }
    return { go: bad.length === 0, seen: bad.length === 0 ? `${streams.length} up` : some(bad) }
  }

  #followed(): Found {
    const { items, position } = this.fleet.fleet
    if (position === null) return { go: false, seen: 'no part says how far it is' }
    const behind = items
      .filter(({ appliedPosition }) => appliedPosition !== null && position - appliedPosition > behindMax)
      .map(({ name, appliedPosition }) => `${name} ${position - (appliedPosition ?? 0)} changes behind`)
    return { go: behind.length === 0, seen: behind.length === 0 ? `all near position ${position}` : some(behind) }
  }

  #headroom(): Found {
    const { latest } = this.sampler
    const silent = latest.filter(({ report }) => report === null).map(({ name }) => name)
    if (latest.length === 0 || silent.length > 0)
      return { go: false, seen: `no report of ${some(silent) || 'any process'}` }
    const rooms = latest.flatMap(({ name, report }) =>
      report?.shedding ? { name, room: report.shedding.headroom } : [],
    )
    const [least] = rooms.toSorted((a, b) => a.room - b.room)
    if (!least) return { go: true, seen: 'no process sheds load', weight: 'warn' }
    return { go: least.room >= headroomMin, seen: `least: ${Math.round(least.room * 100)} % at ${least.name}` }
  }

  #breakers(): Found {
    const found = this.sampler.latest.flatMap(({ name, report }) =>
      (report?.breakers ?? [])
        .filter(({ state }) => state !== 'closed')
        .map((breaker) => `${breaker.name} ${breaker.state} in ${name}`),
    )
    return { go: found.length === 0, seen: found.length === 0 ? 'all closed' : `${found.length}: ${some(found)}` }
  }

  /** Before it is live there are no lines to be had; then the answer itself is what can be seen. */
  async #play(event: Event): Promise<Found> {
    const answers = await this.pages.play(event.id)
    const said = answers.map(({ dc, value, why }) => {
      if (!value) return { dc, go: false, seen: why }
      if (value.reason === 'not-started') return { dc, go: value.protocols.length > 0, seen: 'answers, not started' }
      return { dc, go: value.lines.length > 0, seen: `${value.lines.length} lines` }
    })
    return {
      go: said.length > 0 && said.every(({ go }) => go),
      seen: said.map(({ dc, seen }) => `${dc}: ${seen}`).join('; '),
    }
  }

  async #writer(): Promise<Found> {
    const { writer, atRisk, votesNeeded } = await this.board.board()
    // Something else decides who writes: it has to be asked instead.
    if (votesNeeded === 0) return { go: false, weight: 'warn', seen: 'nobody here looks after the writer' }
    if (writer.dc === null) return { go: false, seen: 'nobody holds the writer' }
    const writes = atRisk.find(({ data }) => data === 'writes')
    return {
      go: writes?.amount === 0,
      seen: `${writer.dc} writes; ${writes?.rule ?? 'what is at risk cannot be told'}`,
    }
  }

  async #level(): Promise<Found> {
    const { levels } = await this.control.orders()
    const nowMs = this.context.clock.nowMs()
    const raised = this.fleet.dcs
      .map((dc) => ({ dc, level: levelIn(levels, dc, nowMs) }))
      .filter(({ level }) => level > 0)
      .map(({ dc, level }) => `${dc} is at level ${level}`)
    return { go: raised.length === 0, seen: raised.length === 0 ? 'level 0 everywhere' : some(raised) }
  }

  async #switches(): Promise<Found> {
    const { switches } = await this.control.orders()
    const nowMs = this.context.clock.nowMs()
    const cut = switches
      .filter((row) => switchHolds(row, nowMs) && row.state !== 'full')
      .map(({ key, state, dc }) => `${key} ${state}${dc === '' ? '' : ` in ${dc}`}`)
    return { go: cut.length === 0, seen: cut.length === 0 ? 'no order stands' : some(cut) }
  }

  #drilled(): Found {
    const { file } = this.savings
    if (!file) return { go: false, seen: 'no switch was ever drilled' }
    const missing = switchKeys.filter((key) => this.savings.of(key).length === 0)
    const old = switchKeys.some((key) => this.savings.of(key).some((saving) => saving.old))
    const when = `measured ${file.measuredAt.slice(0, 10)}`
    if (old) return { go: false, seen: `${when}, more than 30 days ago` }
    return { go: missing.length === 0, seen: missing.length === 0 ? when : `${when}, without ${some(missing)}` }
  }
}

/** The first few, and how many more there are. */
const some = (all: readonly string[]) =>
  [...all.slice(0, namedMax), ...(all.length > namedMax ? [`${all.length - namedMax} more`] : [])].join(', ')
