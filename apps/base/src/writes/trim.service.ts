import type { Database } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { trimLedger } from '../jobs/ledger-trim.js'
import { trimMutes } from '../rooms/mutes-trim.js'
import { type BaseSignals, SIGNALS } from '../signals.js'
import { DATABASE } from '../tokens.js'
import { KeptReplies } from './kept-replies.repository.js'

const trimEveryMs = 60_000
const batchMax = 5_000
const batchesMax = 20

/** Keeps outbox, kept replies, the ledger of slots and mutes bounded. Several base processes may do it at once: what one has deleted the other does not find. */
@Injectable()
export class TrimService implements OnApplicationBootstrap {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'trimOutbox' | 'onWriter'>,
    @Inject(APP_CONTEXT) private readonly context: BaseContext,
    @Inject(SIGNALS) private readonly signals: BaseSignals,
    private readonly kept: KeptReplies,
  ) {}

  onApplicationBootstrap() {
    const { clock, health } = this.context
    health.onDrain(clock.every(trimEveryMs, () => void this.trim().catch(this.signals.trimFailed)))
  }

  async trim(): Promise<void> {
    const { GALA_OUTBOX_ROWS_MAX: rowsMax, GALA_OUTBOX_AGE_MAX_S: ageMaxS } = this.context.config
    await inBatches(async () => {
      const rows = await this.database.trimOutbox({ rowsMax, ageMaxMs: ageMaxS * 1000 }, batchMax)
      this.signals.outboxTrimmed(rows)
      return rows
    })
    await inBatches(() => this.kept.trim(batchMax))
    await inBatches(() => trimLedger(this.database, this.context.clock.nowMs(), batchMax))
    await inBatches(() => trimMutes(this.database, this.context.clock.nowMs(), batchMax))
  }
}

/** Deletes in small steps, so that no transaction is large and a replica keeps up. */
async function inBatches(trim: () => Promise<number>) {
  for (let batch = 0; batch < batchesMax; batch++) {
    if ((await trim()) < batchMax) return
  }
}
