import type { OpsClient } from '@gala/sdk'
import { edit, type Ledger } from './edits.js'
import type { Watcher } from './watch.js'

const turns = 150

/**
 * Edits by turns at each data centre, each of its own event, and how long until each watched process shows it, in ms from the
 * acknowledgement.
 */
export async function visibilities(
  bases: readonly OpsClient[],
  watchers: readonly Watcher[],
  ledger: Ledger,
  ids: readonly string[],
) {
  const found = { own: [] as number[], other: [] as number[] }
  const dcs = [...new Set(watchers.map(({ dc }) => dc))]
  for (let turn = 0; turn < turns; turn++) {
    const at = turn % bases.length
    const id = ids[at] ?? ''
    const version = await edit(bases[at] as OpsClient, ledger, id, ledger.newestAt(id, performance.now()))
    const acknowledgedMs = performance.now()
    const seen = async (watcher: Watcher) => {
      while ((await watcher.read(id)).version < version) await new Promise((resolve) => setImmediate(resolve))
      const list = watcher.dc === dcs[at] ? found.own : found.other
      list.push(performance.now() - acknowledgedMs)
    }
    await Promise.all(watchers.map(seen))
  }
  return found
}
