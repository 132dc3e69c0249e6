import { MemoryPaneStore } from './memory-pane-store.js'
import { paneStoreConformance } from './pane-store-conformance.js'

paneStoreConformance(async () => {
  const store = new MemoryPaneStore()
  return { store, panes: async () => store.panes('requests').sort((a, b) => a.startMs - b.startMs) }
})
