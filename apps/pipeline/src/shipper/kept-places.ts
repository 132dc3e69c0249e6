import type { Topic } from '@gala/eventlog'

/** How far whoever reads a part of the log has come, with what it has of every source: of one moment. */
export interface PartReader {
  topic: Topic
  part: number
  nextOffset: number
  epoch: string
  places: ReadonlyMap<string, number>
}

/** What readers of the log have kept, as it was when it was last asked for. */
export class KeptPlaces {
  #readers: readonly PartReader[] = []

  /** @param read asks for it; @throws when nobody can be asked: then what was known holds. */
  constructor(private readonly read: () => Promise<readonly PartReader[]>) {}

  async refresh(): Promise<void> {
    this.#readers = await this.read()
  }

  readerOf(topic: Topic, part: number): PartReader | undefined {
    return this.#readers.find((reader) => reader.topic === topic && reader.part === part)
  }

  placeOf(source: string): number {
    return Math.max(0, ...this.#readers.map(({ places }) => places.get(source) ?? 0))
  }
}
