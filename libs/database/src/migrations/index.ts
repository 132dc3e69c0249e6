import { Foundation1780000000001 } from './0001-foundation.js'

/** In the order they are applied. A migration only adds; see docs/decisions. */
export const migrations = [Foundation1780000000001]
