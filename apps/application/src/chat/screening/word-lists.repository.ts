import { type Database, type Positioned, WordListEntity } from '@gala/database'
import { Inject, Injectable } from '@nestjs/common'
import { PARTS } from '../../parts.js'
import type { ScreenedList } from './screen.js'

/** As many as operators can make. */
const listsMax = 50

@Injectable()
export class WordListsRepository {
  readonly #database: Pick<Database, 'read'>

  constructor(@Inject(PARTS) parts: { database: Pick<Database, 'read'> }) {
    this.#database = parts.database
  }

  all(atLeast: number): Promise<Positioned<ScreenedList[]>> {
    return this.#database.read(async (manager) => {
      const rows = await manager.find(WordListEntity, { order: { id: 'ASC' }, take: listsMax })
      return rows.map(({ id, act, version, words }) => ({ id, act, version, words }))
    }, atLeast)
  }
}
