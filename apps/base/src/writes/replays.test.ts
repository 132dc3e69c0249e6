import { AppError } from '@gala/contracts'
import type { KeyedRequest } from '@gala/runtime'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { AlreadyDone, type KeptReplies } from './kept-replies.repository.js'
import { Replays } from './replays.js'

const keyed: KeyedRequest = { id: 'i', key: 'k-1234567', actor: 'ann', route: 'ops.events.save', fingerprint: 'f' }
const refuse = (code: ConstructorParameters<typeof AppError>[0]) => async () => {
  throw new AppError(code, 'no')
}

describe('Replays', () => {
  let kept: unknown
  let looked: number
  let replayed: string[]
  let replays: Replays

  beforeEach(() => {
    kept = undefined
    looked = 0
    replayed = []
    const mustNotBeDone = async () => {
      looked++
      if (kept !== undefined) throw new AlreadyDone(kept)
    }
    replays = new Replays({ mustNotBeDone } as unknown as KeptReplies, {
      replayed: (route) => void replayed.push(route),
    })
  })

  it('answers what the write answers, without looking anything up', async () => {
    expect(await replays.once(keyed, async () => 'done')).toEqual({ reply: 'done', replayed: false })
    expect([looked, replayed]).toEqual([0, []])
  })

  it('answers what was kept when the write finds it done', async () => {
    const run = async () => {
      throw new AlreadyDone({ version: 2 })
    }
    expect(await replays.once(keyed, run)).toEqual({ reply: { version: 2 }, replayed: true })
    expect(replayed).toEqual(['ops.events.save'])
  })

  it('answers what was kept when the request is refused for what it has done itself', async () => {
    kept = { position: 9 }
    expect(await replays.once(keyed, refuse('CACHE_KEY_NOT_HELD'))).toEqual({ reply: kept, replayed: true })
  })

  it('lets a refusal stand when nothing was done, and when nobody can say', async () => {
    await expect(replays.once(keyed, refuse('STALE_VERSION'))).rejects.toMatchObject({ code: 'STALE_VERSION' })
    expect(looked).toBe(1)
    await expect(replays.once(keyed, refuse('DATABASE_UNAVAILABLE'))).rejects.toMatchObject({ status: 503 })
    await expect(replays.once(keyed, refuse('IDEMPOTENCY_KEY_REUSED'))).rejects.toMatchObject({ status: 422 })
    expect([looked, replayed]).toEqual([1, []])
  })

  it('refuses a second attempt while the first runs, and takes it afterwards, however that ended', async () => {
    const first = Promise.withResolvers<string>()
    const running = replays.once(keyed, () => first.promise)
    const again = replays.once(keyed, async () => 'twice')
    await expect(again).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE', status: 409, retryable: true })
    const other = replays.once({ ...keyed, fingerprint: 'other' }, async () => 'twice')
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422, retryable: false })
    expect(await replays.once({ ...keyed, id: 'j' }, async () => 'another act')).toMatchObject({ reply: 'another act' })
    first.reject(new Error('died'))
    await expect(running).rejects.toThrow('died')
    expect(await replays.once(keyed, async () => 'done')).toMatchObject({ reply: 'done' })
  })
})
