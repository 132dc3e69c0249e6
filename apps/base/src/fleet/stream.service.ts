import type { ServerResponse } from 'node:http'
import { AppError, type AuditEntry, type OpsStreamMessage } from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { SwitchboardService } from '../switches/switchboard.service.js'
import { FleetService } from './fleet.service.js'

const streamsMax = 200
/** A console that does not read is cut here; it comes back and starts with a whole picture. */
const unreadBytesMax = 1024 * 1024
const tailEveryMs = 500
const boardEveryMs = 1_000
const entriesMax = 100

interface Stream {
  raw: ServerResponse
  expiresAtMs: number
}

/** Server-sent events for consoles: the fleet after every look, the switchboard, and each new audit entry of either data centre. */
@Injectable()
export class StreamService implements OnApplicationBootstrap {
  readonly #streams = new Set<Stream>()
  #seenAuditId: number | undefined

  constructor(
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
    private readonly fleet: FleetService,
    private readonly audit: AuditRepository,
    private readonly board: SwitchboardService,
  ) {}

  onApplicationBootstrap() {
    const { health, clock } = this.context
    const tail = this.#whileFollowed(() => this.#tailAudit(), this.signals.auditTailFailed)
    const board = this.#whileFollowed(() => this.#sendBoard(), this.signals.boardFailed)
    health.onDrain(this.fleet.onLook((data) => this.#send({ event: 'fleet', data })))
    health.onDrain(clock.every(tailEveryMs, () => void tail()))
    health.onDrain(clock.every(boardEveryMs, () => void board()))
    health.onDrain(() => {
      for (const { raw } of this.#streams) raw.end()
    })
  }

  /** @throws AppError UPSTREAM_UNAVAILABLE when as many consoles as allowed are following already. */
  open(reply: FastifyReply, expiresAtMs: number) {
    if (this.#streams.size >= streamsMax) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `${streamsMax} consoles are following already`)
    }
    reply.hijack()
    const { raw } = reply
    const kept = Object.entries(reply.getHeaders()).filter((pair): pair is [string, string] => pair[1] !== undefined)
    raw.writeHead(200, {
      ...Object.fromEntries(kept),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const stream = { raw, expiresAtMs }
    this.#streams.add(stream)
    this.signals.streamOpened()
    raw.on('close', () => {
      this.#streams.delete(stream)
      this.signals.streamClosed()
    })
    this.#write(stream, { event: 'fleet', data: this.fleet.fleet })
  }

  /** Runs when somebody follows, and never twice at once. */
  #whileFollowed(run: () => Promise<void>, onError: () => void): () => Promise<void> {
    const one = oneAtATime(() => run().catch(onError))
    return async () => {
      if (this.#streams.size > 0) await one()
    }
  }

  async #sendBoard() {
    this.#send({ event: 'switchboard', data: await this.board.board(false) })
  }

  async #tailAudit() {
    this.#seenAuditId ??= await this.audit.newestId()
    const entries = await this.audit.after(this.#seenAuditId, entriesMax)
    for (const data of entries) {
      this.#seenAuditId = data.id
      this.#send({ event: 'audit', data: data satisfies AuditEntry })
    }
  }

  #send(message: OpsStreamMessage) {
    for (const stream of this.#streams) this.#write(stream, message)
  }

  #write({ raw, expiresAtMs }: Stream, { event, data }: OpsStreamMessage) {
    if (this.context.clock.nowMs() >= expiresAtMs) raw.end()
    else if (raw.writableLength > unreadBytesMax) raw.destroy()
    else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
}
