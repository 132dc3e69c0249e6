type Fields = Record<string, unknown>

/** What an edit changed, before and after, without the fields every edit changes. */
export function changedFields<T extends object>(
  before: T | undefined,
  after: T,
): { before: Fields | null; after: Fields } {
  const old = (before ?? {}) as Fields
  const names = Object.keys(after).filter((name) => name !== 'updatedAt')
  const changed = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify((after as Fields)[name]))
  const pick = (from: Fields) => Object.fromEntries(changed.map((name) => [name, from[name]]))
  return { before: before ? pick(old) : null, after: pick(after as Fields) }
}
