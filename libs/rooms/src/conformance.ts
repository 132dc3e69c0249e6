import { describe } from '@jest/globals'
import type { OpenStore } from './builders.js'
import { blockConformance } from './conformance-blocks.js'
import { logConformance } from './conformance-log.js'
import { messageConformance } from './conformance-messages.js'

/** What every store of rooms promises; the fake and the real one both run it. */
export function roomStoreConformance(open: OpenStore) {
  describe('messages', () => messageConformance(open))
  describe('the log and what is taken over', () => logConformance(open))
  describe('blocks, leases and what is told', () => blockConformance(open))
}
