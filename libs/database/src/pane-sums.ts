/** What stands in a row of the table `pane` as numbers that add up. Requests and what players report have rows of their own. */
export const paneSumNames = [
  'requests',
  'served_full',
  'served_degraded',
  'served_bad',
  'malformed',
  'edge_hits',
  'access_hits',
  'sent_bytes',
  'beacons',
  'plays',
  'joins',
  'stalls',
  'stalled_ms',
  'errors',
] as const
export type PaneSums = Record<(typeof paneSumNames)[number], number>

export const emptyPaneSums = (): PaneSums => paneSumsOf({})

/** Of a row as the database gives it, where numbers are texts; what it does not have is 0. */
export const paneSumsOf = (row: Readonly<Record<string, unknown>>): PaneSums =>
  Object.fromEntries(paneSumNames.map((name) => [name, Number(row[name] ?? 0)])) as PaneSums

export function addPaneSums(into: PaneSums, from: PaneSums): void {
  for (const name of paneSumNames) into[name] += from[name]
}
