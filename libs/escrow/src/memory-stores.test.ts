import { VirtualClock } from '@gala/kernel/testing'
import { describe } from '@jest/globals'
import { booksConformance, grantStoreConformance } from './conformance.js'
import { MemoryBookStore } from './memory-book-store.js'
import { MemoryGrantStore } from './memory-grant-store.js'

describe('MemoryGrantStore', () => {
  grantStoreConformance(async () => {
    const clock = new VirtualClock()
    return { store: new MemoryGrantStore(clock), pass: (ms) => clock.advance(ms) }
  })
})

describe('EscrowBooks in memory', () => {
  booksConformance(async () => ({ store: new MemoryBookStore(), stock: 's' }))
})
