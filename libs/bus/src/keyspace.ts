import { fnv1a } from '@gala/kernel'

/** So many parts of the keys of a cluster may live on different nodes. Enough for dozens of masters to share the load. */
const clusterLanes = 64

/**
 * Names of what bus and cache keep in one Redis. In a cluster everything is spread over *lanes*: keys of one lane have the
 * same hash tag, so they live on the same node and a script may touch them in one step. Outside a cluster there is one lane.
 */
export class Keyspace {
  readonly lanes: number

  constructor(
    private readonly prefix: string,
    cluster: boolean,
  ) {
    this.lanes = cluster ? clusterLanes : 1
  }

  /** The lane of what is said of a tag. */
  laneOf(name: string): number {
    if (this.lanes === 1) return 0
    return fnv1a(name) % this.lanes
  }

  /** A value lives with the first of its tags, so that the two are mostly read in one step. */
  laneOfValue(key: string, tags: readonly string[]): number {
    return this.laneOf(tags[0] ?? key)
  }

  /** The newest position that touched `tag`. */
  fence(tag: string): string {
    return this.#in(this.laneOf(tag), `fence:${tag}`)
  }

  /**
   * The floor of a lane: fences of changes up to there may be gone, because Redis lost its memory. While there is none,
   * nothing in the lane is believed.
   */
  floor(lane: number): string {
    return this.#in(lane, 'floor')
  }

  /** The newest position all changes up to which have been announced. */
  announced(lane: number): string {
    return this.#in(lane, 'announced')
  }

  /** The run id of the server that holds the lane. */
  run(lane: number): string {
    return this.#in(lane, 'run')
  }

  value(lane: number, key: string): string {
    return this.#in(lane, `v:${key}`)
  }

  claim(lane: number, key: string): string {
    return this.#in(lane, `claim:${key}`)
  }

  /** The last changes, in the first lane. */
  get ring(): string {
    return this.#in(0, 'ring')
  }

  get channel(): string {
    return `${this.prefix}changes`
  }

  #in(lane: number, name: string): string {
    return this.lanes === 1 ? `${this.prefix}${name}` : `${this.prefix}{${lane}}${name}`
  }
}
