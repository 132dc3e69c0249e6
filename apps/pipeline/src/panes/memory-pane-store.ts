import type { Topic } from '@gala/eventlog'
import type { Commit, Folded, PaneStore, Standing } from './pane-store.js'
import { addPane, emptyPane, keyOf, type Pane } from './pane-sums.js'

/** What may be wrong with a store, to see that somebody notices. */
export interface PlantedStoreFaults {
  /** Panes are written by themselves, and places afterwards. */
  placesApart?: boolean
  /** Whoever comes late is not turned away. */
  unfenced?: boolean
}

interface Part {
  standing: Standing
  panes: Map<string, Pane>
  minutes: Map<string, Pane>
  duplicates: number
}

/** Panes in this process, for tests. It passes the suite the real store passes. */
export class MemoryPaneStore implements PaneStore {
  readonly #parts = new Map<string, Part>()
  /** What happens while a commit is on its way. */
  before: (topic: Topic, part: number) => Promise<void> = async () => {}
  /** Asked between any two steps: throws where a process ends. */
  between: () => void = () => {}

  constructor(private readonly planted: PlantedStoreFaults = {}) {}

  async standing(topic: Topic, part: number): Promise<Standing> {
    const { standing } = this.#part(topic, part)
    return { ...standing, places: new Map(standing.places) }
  }

  async commit(topic: Topic, part: number, commit: Commit): Promise<boolean> {
    this.between()
    await this.before(topic, part)
    const of = this.#part(topic, part)
    if (commit.revision !== of.standing.revision && !this.planted.unfenced) return false
    const addPanes = () => {
      for (const pane of commit.panes) {
        of.panes.set(keyOf(pane), addPane(of.panes.get(keyOf(pane)) ?? emptyPane(pane), pane))
      }
    }
    if (this.planted.placesApart) {
      addPanes()
      this.between()
    } else {
      this.between()
      addPanes()
    }
    for (const count of commit.duplicates.values()) of.duplicates += count
    of.standing = {
      nextOffset: commit.nextOffset,
      epoch: commit.epoch,
      revision: of.standing.revision + 1,
      places: new Map([...of.standing.places, ...commit.places]),
    }
    this.between()
    return true
  }

  async fold(topic: Topic, part: number, revision: number, beforeMs: number): Promise<Folded> {
    const of = this.#part(topic, part)
    const old = [...of.panes.values()].filter(({ startMs }) => startMs < beforeMs)
    if (old.length === 0) return { revision, more: false }
    if (revision !== of.standing.revision) return { revision: undefined, more: false }
    for (const pane of old) {
      const key = { ...pane, startMs: pane.startMs - (pane.startMs % 60_000) }
      of.minutes.set(keyOf(key), addPane(of.minutes.get(keyOf(key)) ?? emptyPane(key), pane))
      of.panes.delete(keyOf(pane))
    }
    of.standing.revision++
    return { revision: of.standing.revision, more: false }
  }

  /** All panes of a topic, with those that were put together. */
  panes(topic: Topic): Pane[] {
    const parts = [...this.#parts].filter(([key]) => key.startsWith(`${topic}:`)).map(([, part]) => part)
    return parts.flatMap(({ panes, minutes }) => [...panes.values(), ...minutes.values()])
  }

  standings(): { topic: Topic; part: number; standing: Standing }[] {
    return [...this.#parts].map(([key, { standing }]) => {
      const [topic, part] = key.split(':')
      return { topic: topic as Topic, part: Number(part), standing }
    })
  }

  #part(topic: Topic, part: number): Part {
    const key = `${topic}:${part}`
    const known = this.#parts.get(key) ?? {
      standing: { nextOffset: 0, epoch: '', revision: 0, places: new Map() },
      panes: new Map(),
      minutes: new Map(),
      duplicates: 0,
    }
    this.#parts.set(key, known)
    return known
  }
}
