import type { Pending } from './manifest.js'
import type { LakeRow, LakeTable } from './tables.js'

/** A range of a source, in whole lines or entries, and its rows. */
export type Rows = Pending & { rows: readonly LakeRow[] }

/** Where rows come from. */
export interface RowSource {
  readonly tables: readonly LakeTable[]
  /** What there is after the places read so far, about `rowsMax` rows at most. `all`: nothing else was there when this was asked. */
  next(placeOf: (source: string) => number, rowsMax: number): Promise<{ found: Rows[]; all: boolean }>
  /** Exactly that range again. @throws SourceGone when nobody can say any more what was in it. */
  again(range: Pending): Promise<Rows>
}

export class SourceGone extends Error {}
