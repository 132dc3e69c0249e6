import type { Event } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { playFor } from './lines.js'

const edges = [
  { dc: 'dc-a', url: 'http://a' },
  { dc: 'dc-b', url: 'http://b' },
]
const event = (status: Event['status']) => ({ id: 'e', status }) as Event
const order = (dc: string, isp?: 'telecom' | 'unicom' | 'mobile') =>
  playFor(event('live'), { protocol: 'hls', isp }, dc, edges).lines.map((l) => `${l.role} ${l.url}`)

describe('lines for a caller', () => {
  it('puts the own data centre first and the other one behind it', () => {
    expect(order('dc-b')).toEqual(['main http://b/live/e/master.m3u8', 'backup http://a/live/e/master.m3u8'])
  })

  it('prefers the data centre nearest in the caller’s network', () => {
    expect(order('dc-b', 'telecom')[0]).toBe('main http://a/live/e/master.m3u8')
    expect(order('dc-a', 'unicom')[0]).toBe('main http://b/live/e/master.m3u8')
  })

  it('stays with the own data centre for a network it knows nothing of', () => {
    expect(order('dc-a', 'mobile')[0]).toBe('main http://a/live/e/master.m3u8')
  })

  it('offers nothing before the event and after it, and says why', () => {
    const play = (status: Event['status']) => playFor(event(status), { protocol: 'hls', isp: undefined }, 'dc-a', edges)
    expect(play('scheduled')).toMatchObject({ available: false, reason: 'not-started', lines: [] })
    expect(play('ended')).toMatchObject({ available: false, reason: 'ended', lines: [] })
    expect(play('replay')).toMatchObject({ available: true, reason: null })
  })
})
