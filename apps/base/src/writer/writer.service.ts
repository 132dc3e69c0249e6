import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { WRITER, type WriterParts } from './writer-parts.js'

/** Keeps this process's part in who writes, for as long as it runs. Without a keeper's account it does nothing. */
@Injectable()
export class WriterService implements OnApplicationBootstrap {
  constructor(
    @Inject(WRITER) private readonly writer: WriterParts | undefined,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
  ) {}

  onApplicationBootstrap() {
    if (!this.writer) return
    const stopped = new AbortController()
    const running = this.#run(this.writer, stopped.signal)
    this.context.health.onDrain(async () => {
      stopped.abort()
      await running
    })
  }

  async #run({ keeper }: WriterParts, stopped: AbortSignal) {
    const { clock } = this.context
    while (!stopped.aborted) {
      const startedMs = clock.monotonicMs()
      await keeper.step().catch(this.signals.keeperFailed)
      await clock.sleep(Math.max(0, startedMs + keeper.everyMs - clock.monotonicMs()), stopped)
    }
    await keeper.leave().catch(this.signals.keeperFailed)
  }
}
