import { EventEmitter } from 'node:events'
import { VirtualClock } from '@gala/kernel/testing'
import { expect, it } from '@jest/globals'
import type { Redis } from 'ioredis'
import { firstTry } from './first-try.js'

const connecting = () => Object.assign(new EventEmitter(), { status: 'connecting' })

function rig(redis = connecting()) {
  const clock = new VirtualClock()
  let over = false
  const done = firstTry(redis as unknown as Redis, clock).then(() => {
    over = true
  })
  return { redis, clock, done, isOver: () => over }
}

it.each(['ready', 'close'])('waits for a connection until it is %s', async (event) => {
  const { redis, clock, done, isOver } = rig()
  await clock.advance(500)
  expect(isOver()).toBe(false)
  redis.emit(event)
  await done
  expect(redis.eventNames()).toEqual([])
})

it('waits no longer than a second, and not at all for one that is there', async () => {
  const { clock, isOver } = rig()
  await clock.advance(999)
  expect(isOver()).toBe(false)
  await clock.advance(1)
  expect(isOver()).toBe(true)
  await rig(Object.assign(connecting(), { status: 'ready' })).done
})
