import { AppError, fieldRefused, type opsApi, type RouteInput, tags, type WordList } from '@gala/contracts'
import { type Database, toWordList, WordListEntity } from '@gala/database'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { DATABASE } from '../tokens.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { cleanWords, wordsDiffer } from './word-edits.js'

type Edit = RouteInput<typeof opsApi.rooms.saveWords>['body']

/** Every process that screens holds all lists at once. */
const listsMax = 50

/** The lists of words texts are screened for. */
@Injectable()
export class WordsService {
  constructor(
    private readonly writes: OperatorWrites,
    @Inject(DATABASE) private readonly database: Pick<Database, 'read'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<BaseContext, 'clock'>,
    private readonly audit: AuditRepository,
  ) {}

  async all(): Promise<{ items: WordList[] }> {
    const { value } = await this.database.read((manager) =>
      manager.find(WordListEntity, { order: { id: 'ASC' }, take: listsMax }),
    )
    return { items: value.map(toWordList) }
  }

  /**
   * Creates (expectedVersion 0) or replaces a list. Spaces around words, empty ones and repetitions are left out.
   * @throws AppError STALE_VERSION with what is there now; VALIDATION_FAILED.
   */
  async save(id: string, { title, act, words: given, expectedVersion, reason }: Edit, actor: Act['actor']) {
    const words = cleanWords(given)
    const { value } = await this.writes.write(actor, async (manager, position) => {
      const row = await manager.findOneBy(WordListEntity, { id })
      const before = row && toWordList(row)
      if ((before?.version ?? 0) !== expectedVersion) {
        const held = before ? `it is at version ${before.version}` : 'there is no such list; create it with version 0'
        throw new AppError('STALE_VERSION', `expected version ${expectedVersion}, but ${held}`, { current: before })
      }
      if (!before && (await manager.count(WordListEntity)) >= listsMax)
        throw fieldRefused('params.list', `there are ${listsMax} lists, and no more can be`)
      const at = new Date(this.context.clock.nowMs())
      const version = expectedVersion + 1
      const after = { id, title, act, words, version, updatedAt: at.toISOString(), updatedBy: actor.subject }
      await manager.save(WordListEntity, { ...after, words: words.join('\n'), updatedAt: at })
      await this.audit.done(manager, {
        actor,
        action: before ? 'words.edit' : 'words.create',
        target: `words:${id}`,
        reason,
        before: before && { title: before.title, act: before.act, words: before.words.length },
        after: { title, act, words: words.length, ...wordsDiffer(before?.words ?? [], words) },
      })
      return { value: { ...after, position }, tags: [tags.words] }
    })
    return value
  }
}
