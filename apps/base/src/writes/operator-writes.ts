import type { Database, Positioned } from '@gala/database'
import type { RequestActor } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { RelayService } from '../relay/relay.service.js'
import { DATABASE } from '../tokens.js'
import { KeptReplies } from './kept-replies.repository.js'

/** Every write of an operator passes here: what it does, its announcement, and its answer when it has an idempotency key. */
@Injectable()
export class OperatorWrites {
  constructor(
    @Inject(DATABASE) private readonly database: Pick<Database, 'write'>,
    private readonly kept: KeptReplies,
    private readonly relay: RelayService,
  ) {}

  /**
   * One transaction, as `Database.write` makes it. `value` is what the route answers, whole: with a key it is kept beside its
   * effect, and whoever sends the request again gets it instead of a second effect.
   * @throws AlreadyDone, which `Replays` turns into that answer; AppError IDEMPOTENCY_KEY_REUSED; what Database.write throws.
   */
  async write<T>(
    { keyed }: Pick<RequestActor, 'keyed'>,
    work: (manager: EntityManager, position: number) => Promise<{ value: T; tags: readonly string[] }>,
  ): Promise<Positioned<T>> {
    const written = await this.database.write(async (manager, position) => {
      // The write holds the row all writes begin with: a first attempt that is under way elsewhere has ended before this.
      if (keyed) await this.kept.mustBeNew(manager, keyed)
      const done = await work(manager, position)
      if (keyed) await this.kept.keep(manager, keyed, done.value)
      return done
    })
    this.relay.nudge()
    return written
  }
}
