import type { Spool } from '@gala/eventlog'
import { randomHex } from '@gala/kernel'
import type { LoggedMessage, NewMessage } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import type { ApplicationContext } from '../../application.config.js'
import { PARTS, type Parts } from '../../parts.js'
import { type ApplicationSignals, SIGNALS } from '../../signals.js'
import { openSpool } from '../../spool.js'
import { ROOMS, type Rooms } from '../room-parts.js'
import { acceptedLine, screenedLine } from './audit-line.js'
import { type CopiedUpTo, MessageCopier } from './message-copier.js'

/** As long as a room is kept, and an hour. */
const keptS = 25 * 3_600

/** Leaves copies of what is said, and of what screening has done, for the pipeline: as much of it as is configured. */
@Injectable()
export class MessageAudit implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #spool: Spool | undefined

  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis'>,
    @Inject(APP_CONTEXT) private readonly context: ApplicationContext,
    @Inject(SIGNALS) private readonly signals: ApplicationSignals,
    @Inject(ROOMS) private readonly rooms: Rooms,
  ) {
    this.#spool = this.#depth === undefined ? undefined : openSpool(context, signals, 'messages')
  }

  onApplicationBootstrap() {
    const { clock, config, health } = this.context
    const spool = this.#spool
    if (!spool) return
    const copier = new MessageCopier({
      own: this.rooms.own,
      clock,
      holder: `${config.GALA_INSTANCE}:${randomHex(4)}`,
      copy: (messages) => this.#copy(spool, messages),
      copiedUpTo: (room) => this.#copiedUpTo(room),
      keepUpTo: (room, { epoch, seq }) => this.#keep(room, `${epoch}.${seq}`),
      failed: this.signals.auditPaused,
    })
    health.onDrain(() => copier.stop())
  }

  async onApplicationShutdown() {
    await this.#spool?.close()
  }

  /** Whoever sends a message does not wait for this, nor is it refused for want of room. */
  screened(
    room: string,
    act: 'mask' | 'hold' | 'refuse',
    message: Pick<NewMessage, 'type' | 'from' | 'at' | 'client' | 'seq'>,
    text: string,
  ) {
    const depth = this.#depth
    if (!this.#spool || !depth) return
    const line = screenedLine({ room, dc: this.context.config.GALA_DC, act, text }, message, depth)
    if (this.#spool.append(line)) this.signals.audited('screened', 1)
    else this.signals.spoolFull('messages')
  }

  async #copy(spool: Spool, messages: readonly LoggedMessage[]) {
    const nowMs = this.context.clock.nowMs()
    const lines = messages.map((message) => acceptedLine(message, nowMs, this.#depth ?? 'meta'))
    if (!spool.append(lines.join('\n'))) {
      this.signals.spoolFull('messages')
      throw new Error('there is no room for copies of messages')
    }
    await spool.flushed()
    this.signals.audited('accepted', lines.length)
  }

  async #copiedUpTo(room: string): Promise<CopiedUpTo | undefined> {
    const [epoch, seq] = (await this.parts.redis.get(this.#key(room)))?.split('.') ?? []
    return epoch === undefined ? undefined : { epoch, seq: Number(seq) }
  }

  async #keep(room: string, at: string) {
    await this.parts.redis.set(this.#key(room), at, 'EX', keptS)
  }

  #key = (room: string) => `${this.context.config.GALA_KEY_PREFIX}audit:{${room}}`

  get #depth(): 'full' | 'meta' | undefined {
    const { GALA_MESSAGES_AUDIT } = this.context.config
    return GALA_MESSAGES_AUDIT === 'off' ? undefined : GALA_MESSAGES_AUDIT
  }
}
