import { AppError } from '@gala/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Copy } from '../copy.js'
import { Gate } from './gate.js'

describe('whether a room is open', () => {
  let says: () => string
  let asked: { id: string }[]
  let gate: Gate
  beforeEach(() => {
    asked = []
    const copyOf = async (_route: unknown, params: { id: string }) => {
      asked.push(params)
      return { body: Buffer.from(says()) } as Copy
    }
    gate = new Gate({ copyOf } as ConstructorParameters<typeof Gate>[0])
  })
  const refused = (code: 'EVENT_NOT_FOUND' | 'UPSTREAM_UNAVAILABLE') => () => {
    throw new AppError(code, 'no')
  }
  const codeOf = (passing: Promise<void>) => passing.then(() => 'open').catch((error: { code: string }) => error.code)

  it('is what its event says, each time', async () => {
    says = () => '{"id":"gala","room":"open"}'
    expect([await codeOf(gate.pass('gala')), asked]).toEqual(['open', [{ id: 'gala' }]])
    says = () => '{"id":"gala","room":"closed"}'
    expect(await codeOf(gate.pass('gala'))).toBe('ROOM_CLOSED')
    says = refused('EVENT_NOT_FOUND')
    expect(await codeOf(gate.pass('gala'))).toBe('ROOM_NOT_FOUND')
  })

  it('is what it was while nobody can be asked, and unknown when it was never known', async () => {
    says = () => '{"room":"open"}'
    await gate.pass('gala')
    says = refused('UPSTREAM_UNAVAILABLE')
    expect([await codeOf(gate.pass('gala')), await codeOf(gate.pass('other'))]).toEqual(['open', 'ROOM_UNAVAILABLE'])
  })
})
