import { lostAfterMs, useWhyNot } from './switches/desk.js'
import { useNow } from './use-fleet.js'

/** Why nothing can be done from a page whose own answers came last at `atMs` (this browser's clock); undefined: it can. */
export function useCannot(atMs: number): string | undefined {
  const cannot = useWhyNot()
  const ageMs = useNow() - atMs
  return (
    cannot ??
    (atMs > 0 && ageMs > lostAfterMs ? 'What stands here is old: nobody can see what an act would do.' : undefined)
  )
}
