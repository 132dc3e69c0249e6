import { describe, expect, it } from '@jest/globals'
import { clientNetwork } from './client-address.js'

const of = (remoteAddress: string | undefined, told?: string) =>
  clientNetwork({ socket: { remoteAddress }, headers: told === undefined ? {} : { 'x-forwarded-for': told } })

describe('whose address a request counts for', () => {
  it('is what the edge says, when it is the edge that says it', () => {
    for (const edge of ['127.0.0.1', '::1', '::ffff:10.1.2.3', '192.168.3.4', 'fd00::1'])
      expect(of(edge, '203.0.113.7')).toBe('203.0.113.7')
    expect(of('127.0.0.1', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7')
  })

  it('is the caller’s own when somebody else says anything, or nobody anything sensible', () => {
    expect([of('198.51.100.1', '203.0.113.7'), of('127.0.0.1', 'nonsense'), of('127.0.0.1')]).toEqual([
      '198.51.100.1',
      '127.0.0.1',
      '127.0.0.1',
    ])
    expect(of(undefined, '203.0.113.7')).toBe('')
  })

  it('is the whole /64 of an IPv6 address, however it is written', () => {
    const same = [
      '2001:db8:0:1::5',
      '2001:0DB8::1:0:0:0:9',
      '2001:db8:0:1:aaaa:bbbb:cccc:dddd',
      '2001:db8:0:1::1.2.3.4',
    ]
    expect(same.map((address) => of('127.0.0.1', address))).toEqual(same.map(() => '2001:db8:0:1::/64'))
    expect([of('127.0.0.1', '2001:db8:0:2::5'), of('2a00::1%eth0')]).toEqual(['2001:db8:0:2::/64', '2a00:0:0:0::/64'])
  })
})
