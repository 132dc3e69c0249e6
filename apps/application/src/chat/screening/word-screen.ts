import { AppError, tags, type WordAct } from '@gala/contracts'
import { oneAtATime } from '@gala/kernel'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { ApplicationContext } from '../../application.config.js'
import { PARTS, type Parts } from '../../parts.js'
import { freshMs, staleMs } from '../../policy.js'
import { type ApplicationSignals, SIGNALS } from '../../signals.js'
import { inTurns } from './in-turns.js'
import type { Screen, ScreenedList, Verdict } from './screen.js'
import { WordFilter } from './word-filter.js'
import { WordListsRepository } from './word-lists.repository.js'

/**
 * A change of a list ends the copy in memory at once; this is when it is noticed. To ask for a copy that is current costs a
 * look into a map.
 */
const lookEveryMs = 100

/** Screens by the lists of words operators keep. A changed list is built beside the one in force, which is then replaced whole. */
@Injectable()
export class WordScreen implements Screen, OnApplicationBootstrap {
  #filter: WordFilter | undefined
  #built = ''

  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'cache'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'health'>,
    @Inject(SIGNALS) private readonly signals: Pick<ApplicationSignals, 'wordsFailed' | 'wordsChanged'>,
    private readonly repository: WordListsRepository,
  ) {}

  onApplicationBootstrap() {
    const look = oneAtATime(() => this.look())
    void look()
    this.context.health.onDrain(this.context.clock.every(lookEveryMs, () => void look()))
  }

  check(text: string, onHit: WordAct): Verdict {
    if (!this.#filter) throw new AppError('ROOM_UNAVAILABLE', 'the lists of words have not been read yet')
    return this.#filter.check(text, onHit)
  }

  /** Reads the lists again if they have changed. When that fails the last ones stay in force: the next look tries again. */
  async look(): Promise<void> {
    try {
      const lists = await this.#lists()
      const as = lists.map(({ id, act, version, words }) => `${id} ${act} ${version} ${words.length}`).join('\n')
      if (this.#filter && as === this.#built) return
      const filter = await inTurns(WordFilter.build(lists), this.context.clock)
      this.#filter = filter
      this.#built = as
      this.signals.wordsChanged(filter.size)
    } catch (error) {
      this.signals.wordsFailed(error)
    }
  }

  async #lists(): Promise<readonly ScreenedList[]> {
    const made = [tags.words]
    const { value } = await this.parts.cache.getOrLoad<ScreenedList[]>({
      kind: 'words',
      key: 'words',
      tags: made,
      freshMs,
      staleMs,
      load: async (atLeast) => ({ ...(await this.repository.all(atLeast)), tags: made }),
      bytesOf: (lists) => lists.reduce((sum, { words }) => sum + 2 * words.length, 0),
    })
    return value
  }
}
