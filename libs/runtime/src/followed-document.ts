import { z } from 'zod'

export interface DocumentSpec<T> {
  /** Under which it is pushed over the bus, and kept in Redis behind the prefix. */
  key: string
  /** Throws a ZodError, or brings the document and what of it was not understood. */
  read: (value: unknown) => { document: T; left: string | null }
  versionOf: (document: T) => number
  first: T
}

export type Offered = 'applied' | 'known' | 'unreadable'

/** A document that is replaced whole by every newer one. One that cannot be read leaves the one before in force. */
export class FollowedDocument<T> {
  current: T
  /** As it came: every look finds it again. */
  raw = ''
  /** Why the newest one is not applied, or not all of it. */
  refused: string | null = null

  constructor(readonly spec: DocumentSpec<T>) {
    this.current = spec.first
  }

  offer(raw: string): Offered {
    if (raw === this.raw) return 'known'
    const { read, versionOf } = this.spec
    try {
      const { document, left } = read(JSON.parse(raw))
      this.refused = left
      if (versionOf(document) <= versionOf(this.current)) return 'known'
      this.raw = raw
      this.current = document
      return 'applied'
    } catch (error) {
      this.refused = whyNot(error)
      return 'unreadable'
    }
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof z.ZodError)) return 'it is not JSON'
  const [issue] = error.issues
  return `${issue?.path.join('.') || 'document'}: ${issue?.message}`.slice(0, 200)
}
