import type { Event } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { changed, rebased } from './event-fields.js'

const read = { id: 'e', title: 'a', venue: 'hall', version: 1 } as Event

describe('editing an event', () => {
  it('sends only what was changed', () => {
    expect(changed(read, { ...read, title: 'b' })).toEqual({ title: 'b' })
  })

  it('keeps both edits when two people changed different fields', () => {
    const theirs = { ...read, venue: 'arena', version: 2 }
    expect(rebased(read, { ...read, title: 'b' }, theirs)).toMatchObject({ title: 'b', venue: 'arena', version: 2 })
  })

  it('prefers my word where both changed the same field', () => {
    const theirs = { ...read, title: 'c', version: 2 }
    expect(rebased(read, { ...read, title: 'b' }, theirs)).toMatchObject({ title: 'b', version: 2 })
  })
})
