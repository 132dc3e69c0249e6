/** What is chosen on a page stands in its address, so that it can be kept and sent: `#wall/event=spring-gala&minutes=5`. */
export const fieldOf = (path: string, name: string): string => new URLSearchParams(path).get(name) ?? ''

/** The address of a page with these choices; those that are empty are left out. */
export function addressOf(page: string, fields: Readonly<Record<string, string>>): string {
  const chosen = Object.entries(fields).filter(([, value]) => value !== '')
  return chosen.length === 0 ? page : `${page}/${new URLSearchParams(chosen)}`
}

/** Chooses without a step for the browser's way back. */
export const choose = (page: string, fields: Readonly<Record<string, string>>) =>
  location.replace(addressOf(page, fields))
