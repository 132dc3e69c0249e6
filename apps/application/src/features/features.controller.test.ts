import { publicApi, type SwitchOrder, switchKeys } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { SwitchBoard } from '@gala/resilience'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { ApplicationContext } from '../application.config.js'
import type { Parts } from '../parts.js'
import { FeaturesController } from './features.controller.js'

describe('GET /v1/features', () => {
  const clock = new VirtualClock()
  const order: SwitchOrder = {
    key: 'stats',
    state: 'omit',
    percent: 100,
    clientBelow: null,
    dc: null,
    actor: 'ann',
    reason: 'a drill',
    position: 7,
    expiresAt: null,
  }
  let switches: SwitchBoard
  let missing: string[]
  const read = () => {
    const parts = { obeyedPosition: () => 7, missing: () => missing } as unknown as Parts
    const context = { clock, switches } as unknown as ApplicationContext
    return new FeaturesController(parts, context).read({ params: {}, query: {}, body: undefined })
  }
  const obey = (...orders: SwitchOrder[]) => switches.obey({ switches: orders, levels: [] })

  beforeEach(() => {
    switches = new SwitchBoard(clock, 'dc-a')
    missing = []
  })

  it('answers with every switch, as the contract says', () => {
    const { value } = read()
    expect(publicApi.features.read.reply.parse(value)).toEqual(value)
    expect(value.features).toEqual(Object.fromEntries(switchKeys.map((key) => [key, 'full'])))
    expect(value.asOf).toBe(new Date(clock.nowMs()).toISOString())
  })

  it('tells what operators have ordered', () => {
    obey(order, { ...order, key: 'programmes', state: 'static' })
    expect(read().value.features).toMatchObject({ stats: 'omit', programmes: 'static', likes: 'full' })
  })

  it('does not tell what was ordered for some viewers only', () => {
    obey({ ...order, percent: 99 }, { ...order, key: 'likes', clientBelow: '2.1' })
    expect(read().value.features).toMatchObject({ stats: 'full' })
  })

  it('ends with the next order, and is no newer than the orders obeyed', () => {
    missing = ['redis-unreachable']
    expect(read().facts).toMatchObject({ tags: ['control'], position: 7, degraded: ['redis-unreachable'] })
  })
})
