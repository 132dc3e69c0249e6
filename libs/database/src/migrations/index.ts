import { Foundation1780000000001 } from './0001-foundation.js'
import { Control1780000000002 } from './0002-control.js'
import { Switches1780000000003 } from './0003-switches.js'
import { Writer1780000000004 } from './0004-writer.js'
import { Escrow1780000000005 } from './0005-escrow.js'
import { Weights1780000000006 } from './0006-weights.js'
import { KeptReplies1780000000007 } from './0007-kept-replies.js'
import { EventCounts1780000000008 } from './0008-event-counts.js'
import { Jobs1780000000009 } from './0009-jobs.js'
import { Rooms1780000000010 } from './0010-rooms.js'
import { Pipeline1780000000011 } from './0011-pipeline.js'

/** In the order they are applied. A migration only adds; see docs/decisions. */
export const migrations = [
  Foundation1780000000001,
  Control1780000000002,
  Switches1780000000003,
  Writer1780000000004,
  Escrow1780000000005,
  Weights1780000000006,
  KeptReplies1780000000007,
  EventCounts1780000000008,
  Jobs1780000000009,
  Rooms1780000000010,
  Pipeline1780000000011,
]
