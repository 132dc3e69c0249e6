import type { Database } from '@gala/database'
import type { Topic } from '@gala/eventlog'
import type { PartReader } from './kept-places.js'

interface Row {
  topic: Topic
  part: number
  next_offset: string
  epoch: string
  source: string | null
  place: string | null
}

/** In one statement, so that offsets and places are of one moment: also of a server that is behind. */
const sql = `SELECT o.topic, o.part, o.next_offset, o.epoch, p.source, p.place FROM pipeline_offset o
  LEFT JOIN pipeline_place p ON p.dc = o.dc AND p.topic = o.topic AND p.part = o.part WHERE o.dc = ?`

/** How far the readers of a data centre have come. @throws AppError DATABASE_UNAVAILABLE */
export async function partReaders(database: Pick<Database, 'read'>, dc: string): Promise<PartReader[]> {
  const { value } = await database.read((manager) => manager.query<Row[]>(sql, [dc]))
  const readers = new Map<string, PartReader & { places: Map<string, number> }>()
  for (const { topic, part, next_offset: nextOffset, epoch, source, place } of value) {
    const key = `${topic}:${part}`
    const reader = readers.get(key) ?? { topic, part, nextOffset: Number(nextOffset), epoch, places: new Map() }
    readers.set(key, reader)
    if (source !== null) reader.places.set(source, Number(place))
  }
  return [...readers.values()]
}
