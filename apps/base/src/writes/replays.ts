import { AppError, headers } from '@gala/contracts'
import type { KeyedRequest, OperatorRequest } from '@gala/runtime'
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { lastValueFrom, type Observable, of } from 'rxjs'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { AlreadyDone, KeptReplies, keyReused } from './kept-replies.repository.js'

/** An ordinary write is over well within it. */
const comeBackMs = 1_000

/** Answers a request that has been done already as it was answered then. */
@Injectable()
export class Replays implements NestInterceptor {
  /** Fingerprints of what runs in this process, by id; bounded by the requests it takes. */
  readonly #running = new Map<string, string>()

  constructor(
    private readonly kept: KeptReplies,
    @Inject(SIGNALS) private readonly signals: Pick<BaseSignals, 'replayed'>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { actor } = context.switchToHttp().getRequest<OperatorRequest>()
    if (!actor?.keyed) return next.handle()
    const { reply, replayed } = await this.once(actor.keyed, () => lastValueFrom(next.handle()))
    if (replayed) context.switchToHttp().getResponse<FastifyReply>().header(headers.idempotencyReplayed, 'true')
    return of(reply)
  }

  /**
   * What `run` answers, or what was answered when the request was done. A process that dies leaves nothing behind that would have
   * to be waited for: what it has not committed, the next attempt does.
   * @throws AppError IDEMPOTENCY_KEY_IN_USE, IDEMPOTENCY_KEY_REUSED, and what `run` throws when nothing was done before.
   */
  async once(keyed: KeyedRequest, run: () => Promise<unknown>): Promise<{ reply: unknown; replayed: boolean }> {
    const running = this.#running.get(keyed.id)
    if (running !== undefined && running !== keyed.fingerprint) throw keyReused('a request that is still under way')
    if (running !== undefined) {
      const detail = 'the first request with this key is still under way: ask again with the same key'
      throw new AppError('IDEMPOTENCY_KEY_IN_USE', detail, { retryAfterMs: comeBackMs })
    }
    this.#running.set(keyed.id, keyed.fingerprint)
    try {
      return { reply: await run(), replayed: false }
    } catch (error) {
      const done = error instanceof AlreadyDone ? error : await this.#doneBefore(keyed, error)
      this.signals.replayed(keyed.route)
      return { reply: done.reply, replayed: true }
    } finally {
      this.#running.delete(keyed.id)
    }
  }

  /**
   * A refusal may come of what the first attempt has done: the key of a cache is held no more, once it has been invalidated. Only
   * then is this looked up beforehand; otherwise the write itself does it.
   */
  async #doneBefore(keyed: KeyedRequest, refusal: unknown): Promise<AlreadyDone> {
    if (!(refusal instanceof AppError) || refusal.retryable || refusal.code === 'IDEMPOTENCY_KEY_REUSED') throw refusal
    try {
      await this.kept.mustNotBeDone(keyed)
    } catch (error) {
      if (error instanceof AlreadyDone) return error
      throw error
    }
    throw refusal
  }
}
