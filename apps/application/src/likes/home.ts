import { fnv1a } from '@gala/kernel'

/**
 * The data centre that books a client's likes: the same one wherever they are taken. `dcs` in any order.
 */
export function homeOf(clientId: string, dcs: readonly string[]): string {
  const home = dcs.toSorted()[fnv1a(clientId) % dcs.length]
  if (home === undefined) throw new Error('there is no data centre to book at')
  return home
}
