import { hash } from 'node:crypto'

/** A strong validator of exactly these bytes. */
export const etagOf = (body: Buffer) => `"${hash('sha1', body, 'base64url')}"`

/** Whether `if-none-match` names this validator. Weak comparison, as RFC 9110 section 13.1.2 asks for. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false
  return ifNoneMatch.split(',').some((candidate) => {
    const tag = candidate.trim()
    return tag === '*' || tag.replace(/^W\//, '') === etag
  })
}
