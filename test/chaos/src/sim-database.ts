import type { Change } from '@gala/contracts'
import type { World } from './world.js'

interface Write extends Change {
  key: string
}

/** When a write could first be seen in a data centre. The row's version is the position of its last write. */
interface Applied {
  key: string
  version: number
  atMs: number
}

/**
 * The promise of `libs/database`, played: positions commit in order, a replica follows in order and late, and a read tells
 * a position read before its rows (proved on a real server by `database.real.test.ts`).
 */
export class SimDatabase {
  readonly #log: Write[] = []
  /** Entries of the log each data centre's server holds. The first one is the writer. */
  readonly #held: number[]
  readonly #stoppedUntilMs: number[]
  readonly #slowUntilMs: number[]
  readonly #applied: Applied[][]

  constructor(
    private readonly world: World,
    dcs: number,
  ) {
    this.#held = Array.from({ length: dcs }, () => 0)
    this.#stoppedUntilMs = Array.from({ length: dcs }, () => 0)
    this.#slowUntilMs = Array.from({ length: dcs }, () => 0)
    this.#applied = Array.from({ length: dcs }, () => [])
  }

  /** Commits a write and lets the replicas follow. */
  write(key: string): number {
    const position = this.#log.length + 1
    this.#log.push({ key, position, tags: [key], atMs: this.world.nowMs() })
    for (let dc = 0; dc < this.#held.length; dc++) this.#follow(dc)
    return position
  }

  /** Keeps a replica where it is for a while. */
  stop(dc: number, forMs: number) {
    if (dc === 0) return
    this.#stoppedUntilMs[dc] = this.world.monotonicMs() + forMs
    this.world.after(forMs, () => this.#follow(dc))
  }

  /** Lets reads of a data centre's server take long for a while. */
  slow(dc: number, forMs: number) {
    this.#slowUntilMs[dc] = this.world.monotonicMs() + forMs
  }

  async read(dc: number, key: string, atLeast: number): Promise<{ value: number; position: number }> {
    const own = await this.#readAt(dc, key)
    const other = (dc + 1) % this.#held.length
    if (own.position >= atLeast || other === dc) return own
    const far = await this.#readAt(other, key)
    return far.position > own.position ? far : own
  }

  async changesAfter(dc: number, position: number): Promise<Change[]> {
    await this.world.sleep(this.world.between(0, 3))
    const found = this.#log.slice(position, this.#held[dc])
    await this.world.sleep(this.world.between(0, 3))
    return found
  }

  position(dc: number): number {
    return this.#held[dc] ?? 0
  }

  /** Since when the first version after `version` could be seen in a data centre; undefined when there is none. */
  newerThan(dc: number, key: string, version: number): number | undefined {
    return this.#applied[dc]?.find((applied) => applied.key === key && applied.version > version)?.atMs
  }

  async #readAt(dc: number, key: string) {
    const slow = this.world.monotonicMs() < (this.#slowUntilMs[dc] ?? 0)
    await this.world.sleep(this.world.between(0, 4))
    const before = this.position(dc)
    if (slow && this.world.chance(0.5)) await this.world.sleep(this.world.between(0, 2_500))
    // Now and then a slow one: most races hide between the two statements.
    await this.world.sleep(this.world.between(0, this.world.chance(0.2) ? 120 : 4))
    const value = this.#versionAt(key, this.position(dc))
    if (slow && this.world.chance(0.5)) await this.world.sleep(this.world.between(0, 2_500))
    await this.world.sleep(this.world.between(0, this.world.chance(0.2) ? 60 : 4))
    return { value, position: before }
  }

  #versionAt(key: string, held: number): number {
    for (let i = held - 1; i >= 0; i--) if (this.#log[i]?.key === key) return i + 1
    return 0
  }

  #follow(dc: number) {
    const delayMs = dc === 0 ? 0 : this.world.between(0, 12)
    this.world.after(delayMs, () => this.#apply(dc))
    if (dc === 0) this.#apply(dc)
  }

  #apply(dc: number) {
    const atMs = this.world.monotonicMs()
    if (atMs < (this.#stoppedUntilMs[dc] ?? 0)) return
    for (let held = this.position(dc); held < this.#log.length; held++) {
      const { key, position } = this.#log[held] as Write
      this.#held[dc] = position
      this.#applied[dc]?.push({ key, version: position, atMs })
    }
  }
}
