import { describe, expect, it } from '@jest/globals'
import { acceptedLine, screenedLine } from './audit-line.js'

const from = { id: 'anna', name: 'Anna', avatar: 'fox' }
const said = {
  place: 7,
  client: 'anna/client-1',
  seq: 3,
  type: 'chat',
  priority: 2,
  from,
  text: 'hello',
  at: 5,
  underWayMs: 0,
  ttlS: 0,
}
const logged = { at: 'x-1', room: 'gala', message: { ...said, id: 'dc-a.1f9c04b2.7' } } as Parameters<
  typeof acceptedLine
>[0]

describe('a line of the audit of rooms', () => {
  it('says everything but the words', () => {
    expect(JSON.parse(acceptedLine(logged, 9, 'meta'))).toEqual({
      ...{ id: 'gala.dc-a.1f9c04b2.7', what: 'accepted', room: 'gala', message: 'dc-a.1f9c04b2.7', lane: 'chat' },
      ...{ dc: 'dc-a', epoch: '1f9c04b2', sequence: 7, type: 'chat', at: 5, copied: 9, sender: 'anna' },
      ...{ priority: 2, act: null, length: 5 },
    })
  })

  it('has the words where that is configured', () => {
    expect(JSON.parse(acceptedLine(logged, 9, 'full'))).toMatchObject({ name: 'Anna', text: 'hello' })
  })

  it('tells what screening has done, under the number the client gave', () => {
    const by = { type: 'chat', from, at: 5, client: 'anna/client-1', seq: 3 } as const
    const line = screenedLine({ room: 'gala', dc: 'dc-a', act: 'refuse', text: 'rude' }, by, 'meta')
    expect(JSON.parse(line)).toEqual({
      ...{ id: 'gala.anna/client-1.3', what: 'screened', room: 'gala', lane: 'chat', dc: 'dc-a', type: 'chat' },
      ...{ at: 5, sender: 'anna', act: 'refuse', length: 4 },
    })
  })
})
