import type { Event } from '@gala/contracts'

/** What an operator edits, in the order of the form. */
const fieldNames = ['title', 'titleEn', 'summary', 'venue', 'kind', 'status', 'startAt', 'endAt'] as const
export type FieldName = (typeof fieldNames)[number]
export type Fields = Pick<Event, FieldName>

export const labels: Record<FieldName, string> = {
  title: 'Title',
  titleEn: 'English title',
  summary: 'Summary',
  venue: 'Venue',
  kind: 'Kind',
  status: 'Status',
  startAt: 'Start (UTC)',
  endAt: 'End (UTC)',
}

/** Fields whose value differs. */
export const differing = (a: Fields, b: Fields): FieldName[] => fieldNames.filter((name) => a[name] !== b[name])

/** Only what was changed from `read`: what others changed in other fields stays theirs. */
export const changed = (read: Fields, mine: Fields): Partial<Fields> =>
  Object.fromEntries(differing(read, mine).map((name) => [name, mine[name]]))

/** After a conflict: theirs, except where I changed something myself. */
export function rebased(read: Fields, mine: Fields, theirs: Event): Event {
  return { ...theirs, ...changed(read, mine) }
}
