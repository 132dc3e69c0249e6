import { VirtualClock } from '@gala/kernel/testing'
import { describeLedger } from './ledger-conformance.js'
import { definitionOf } from './ledger-under-test.js'
import { MemoryLedger, MemoryLedgerStore } from './memory-ledger.js'

describeLedger('MemoryLedger', async () => {
  const clock = new VirtualClock()
  const ledger = new MemoryLedger(new MemoryLedgerStore('global', clock))
  return { ledger, advance: (ms) => clock.advance(ms), definition: definitionOf, close: async () => {} }
})
