import { beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig, type Seen } from './rig.js'

describe('limits through the edge', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
  })

  it('refuse a client that floods, with a code and a time to come back, and nobody else', async () => {
    const id = await ownEvent(rig, 'flood')
    const like = (clientId: string, seq: number) =>
      get(`${rig.a.edge}/v1/events/${id}/likes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ count: 1, clientId, seq }),
      })
    // A busy machine may have no room for anybody just then, which is another refusal: who gets that asks again.
    const answered = async (seq: number) => {
      let seen = await like('flooding-client', seq)
      for (let tries = 1; tries < 10 && seen.status === 503; tries++) seen = await like('flooding-client', seq)
      return seen
    }
    const flood: Seen[] = []
    while (flood.length < 200) {
      const some = Array.from({ length: 10 }, (_, i) => answered(flood.length + i))
      flood.push(...(await Promise.all(some)))
    }
    const admitted = flood.filter(({ status }) => status === 200)
    const refused = flood.filter(({ status }) => status === 429)
    expect(admitted.length + refused.length).toBe(200)
    // A burst of 20 in each of two processes, and 5 a second while it lasted.
    expect(admitted.length).toBeGreaterThanOrEqual(20)
    expect(refused.length).toBeGreaterThan(50)
    for (const { headers, body } of refused) {
      expect(JSON.parse(body)).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryable: true })
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
      expect(headers.get('ratelimit')).toMatch(/^"viewer";r=0;t=\d+$/)
      expect(headers.get('cache-control')).toBe('no-store')
    }
    for (const { headers } of admitted) {
      expect(headers.get('ratelimit-policy')).toBe('"viewer";q=20;w=4, "ip";q=10000;w=2, "id";q=40000;w=2')
      expect(headers.get('ratelimit')).toMatch(/^"viewer";r=\d+;t=\d+$/)
    }
    expect((await like('another-client', 0)).status).toBe(200)
    const metrics = await Promise.all(rig.a.access.map(async (url) => (await get(`${url}/metrics`)).body))
    expect(metrics.join('\n')).toMatch(
      /gala_limit_decisions_total{limit="likes.add.viewer",outcome="refused"[^}]*} [1-9]/,
    )
  })
})
