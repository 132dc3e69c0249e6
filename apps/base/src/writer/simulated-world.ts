import type { VirtualClock } from '@gala/kernel/testing'

/** What simulated servers and voters stand in. */
export interface SimulatedWorld {
  readonly clock: VirtualClock
  readonly servers: ReadonlyMap<string, SimulatedPeer>
  reaches(from: string, to: string): boolean
  isGone(dc: string): boolean
  /** Of an answer, in milliseconds, by chance. */
  delay(): number
  /** Called whenever a server is made the writer. */
  isOpened(dc: string, token: number, lossy: boolean): void
  /** Called with what a server gives up to be able to follow. */
  isDiscarded(entries: readonly number[]): void
}

/** What a simulated server may know of another. */
export interface SimulatedPeer {
  readonly dc: string
  readonly log: readonly number[]
  readonly token: number
  readonly openedAt: number
  /** The data centre it follows. */
  readonly source: string | undefined
}
