import type { BreakerReport, ResilienceReport } from '@gala/contracts'
import type { BreakerOrderEntity } from '@gala/database'
import { describe, expect, it } from '@jest/globals'
import type { Reported } from '../fleet/process-reports.js'
import { namesOf, placed, poolsOf } from './breaker-items.js'

const breaker = (name: string, dc: string, state: BreakerReport['state'] = 'closed') =>
  ({ name, dc, state }) as BreakerReport

function process(name: string, breakers: BreakerReport[] | null): Reported<ResilienceReport> {
  const [dc = '', part = ''] = name.split('.')
  const kind = part.startsWith('access') ? 'access' : 'application'
  return { name, dc, kind, report: breakers && ({ breakers } as ResilienceReport), detail: breakers ? null : 'hangs' }
}

const row = (name: string, dc = '') => ({ name, dc }) as BreakerOrderEntity
const dcs = ['dc-a', 'dc-b']

describe('items of breakers', () => {
  it('shows the worst that any process sees, for each dependency of each data centre', () => {
    const items = placed(
      [
        process('dc-a.access-1', [breaker('application', 'dc-a'), breaker('application', 'dc-b', 'ramping')]),
        process('dc-b.access-1', [
          breaker('application', 'dc-a', 'open'),
          breaker('application', 'dc-b', 'half-open'),
          breaker('application', 'dc-b', 'half-open'),
        ]),
        process('dc-b.application-1', null),
      ],
      [],
      dcs,
    )
    expect(items).toEqual([
      { name: 'application', dc: 'dc-a', state: 'open', open: 1, total: 2, row: undefined },
      { name: 'application', dc: 'dc-b', state: 'half-open', open: 0, total: 3, row: undefined },
    ])
  })

  it('puts an order for one data centre before one for all of them', () => {
    const [all, one] = [row('redis'), row('redis', 'dc-b')]
    const items = placed([process('dc-a.access-1', [breaker('redis', 'dc-a')])], [all, one], dcs)
    expect(items.map(({ dc, total, row: of }) => [dc, total, of])).toEqual([
      ['dc-a', 1, all],
      ['dc-b', 0, one],
    ])
  })

  it('shows an order in its own data centre only, also when no process has such a breaker', () => {
    const items = placed([process('dc-a.access-1', [])], [row('redis', 'dc-b')], dcs)
    expect(items).toMatchObject([{ name: 'redis', dc: 'dc-b', state: 'closed', open: 0, total: 0 }])
  })

  it('knows the names processes report, what is ordered already, and a data centre as a whole', () => {
    const processes = [process('dc-a.access-1', [breaker('application.hot', 'dc-a')]), process('dc-a.access-2', null)]
    expect(namesOf(processes, [row('mysql')])).toEqual(new Set(['dc', 'application.hot', 'mysql']))
  })

  it('cannot tell which names there are while no process knows a breaker', () => {
    expect(namesOf([process('dc-a.access-1', []), process('dc-b.access-1', null)], [row('mysql')])).toBeUndefined()
  })

  it('finds the pools of a data centre in the breakers of access', () => {
    const processes = [
      process('dc-a.access-1', [
        breaker('application', 'dc-a'),
        breaker('application.hot', 'dc-a'),
        breaker('redis', 'dc-a'),
      ]),
      process('dc-a.access-2', [breaker('application.hot', 'dc-a')]),
      process('dc-b.application-1', [breaker('application.odd', 'dc-b')]),
    ]
    expect(poolsOf(processes, dcs)).toEqual([
      { dc: 'dc-a', pools: ['application', 'hot'] },
      { dc: 'dc-b', pools: [] },
    ])
  })
})
