/**
 * The data centre that books a client's likes: the same one wherever they are taken. FNV-1a, 32 bits, over UTF-16 units
 * (ids are ASCII). `dcs` in any order.
 */
export function homeOf(clientId: string, dcs: readonly string[]): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < clientId.length; i++) hash = Math.imul(hash ^ clientId.charCodeAt(i), 0x01000193)
  const home = dcs.toSorted()[(hash >>> 0) % dcs.length]
  if (home === undefined) throw new Error('there is no data centre to book at')
  return home
}
