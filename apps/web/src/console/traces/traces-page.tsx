import type { Live } from '../use-fleet.js'
import { TraceSearchView } from './trace-search.js'
import { TraceView } from './trace-view.js'

/** Traces that were kept. `path` is what the address says after `#traces/`: a trace, or what is looked for. */
export function TracesPage({ path, live }: { path: string; live: Live }) {
  return /^[0-9a-f]{32}$/.test(path) ? (
    <TraceView key={path} id={path} />
  ) : (
    <TraceSearchView key={path} path={path} live={live} />
  )
}
