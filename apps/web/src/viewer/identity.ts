/** Letters and digits a browser or one of its visits is known by. */
const fresh = () =>
  crypto.getRandomValues(new Uint8Array(12)).reduce((id, byte) => id + byte.toString(16).padStart(2, '0'), '')

/** Where the browser keeps things may be closed to us (private windows): then they last as long as the page. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Nothing depends on it beyond this visit.
  }
}

export const sessionId = fresh()
export const clientId = remembered('gala.client') ?? fresh()
remember('gala.client', clientId)
