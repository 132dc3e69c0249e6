import { beforeEach, describe, expect, it } from '@jest/globals'
import { beat, ReportsRig, refusal, taken } from './testing/reports-rig.js'

describe('reports of a session', () => {
  let rig: ReportsRig
  beforeEach(() => {
    rig = new ReportsRig()
  })
  const passing = (ms: number) => rig.clock.advance(ms)
  const sent = () => rig.sent.map(({ by, seqs }) => [by, ...seqs])

  it('go together, as often as the platform says', async () => {
    const reports = rig.open()
    reports.tell(beat)
    reports.tell(beat)
    await passing(2_000)
    expect(sent()).toEqual([['fetch', 0, 1]])
    reports.tell(beat)
    await passing(9_999)
    expect(rig.sent).toHaveLength(1)
    await passing(1)
    expect(sent()).toEqual([
      ['fetch', 0, 1],
      ['fetch', 2],
    ])
    expect(new Set(rig.sent.map(({ batch }) => batch)).size).toBe(2)
  })

  it('are sent again under the same name when nobody has answered, after longer each time', async () => {
    const gone = () => Promise.reject(new TypeError('no link'))
    rig.answers.push(gone, gone, refusal(503, 'OVERLOADED', { afterS: 30 }))
    rig.open().tell(beat)
    await passing(2_000)
    const at: number[] = []
    for (let i = 0; i < 500; i++) {
      if (rig.sent.length > at.length) at.push(i * 100)
      await passing(100)
    }
    expect(at).toEqual([0, 2_000, 6_000, 36_000])
    expect(new Set(rig.sent.map(({ batch }) => batch)).size).toBe(1)
  })

  it('are left out when they are refused for good, or nobody takes them in ten minutes', async () => {
    const reports = rig.open()
    rig.answers.push(refusal(400, 'VALIDATION_FAILED', { retryable: false }))
    reports.tell(beat)
    await passing(600_000)
    expect([rig.sent.length, reports.dropped]).toEqual([1, 1])
    rig.answers.push(...Array.from({ length: 8 }, () => refusal(503, 'OVERLOADED')))
    reports.tell(beat)
    await passing(1_200_000)
    expect([rig.sent.length, reports.dropped]).toEqual([9, 2])
  })

  it('stop for as long as they are switched off, also when the page is hidden, and for good where nobody takes them', async () => {
    const reports = rig.open()
    rig.answers.push(refusal(404, 'SWITCHED_OFF', { afterS: 40 }))
    reports.tell(beat)
    await passing(2_000)
    rig.hide()
    await passing(39_999)
    expect(rig.sent).toHaveLength(1)
    await passing(1)
    expect(rig.sent).toHaveLength(2)
    rig.answers.push(refusal(404, 'PINGBACKS_OFF', { retryable: false }))
    reports.tell(beat)
    await passing(60_000)
    reports.tell(beat)
    await passing(60_000)
    expect([rig.sent.length, reports.sampled]).toEqual([3, false])
  })

  it('leave with the page all that waits, and a last word', async () => {
    const reports = rig.open()
    reports.beforeGone(() => reports.tell({ kind: 'end', event: 'gala' }))
    for (let i = 0; i < 60; i++) reports.tell(beat)
    rig.hide()
    expect(rig.sent.map(({ by, seqs }) => [by, seqs.length])).toEqual([
      ['beacon', 50],
      ['beacon', 10],
    ])
    rig.hide(true)
    expect(rig.sent[2]).toMatchObject({ by: 'beacon', seqs: [60] })
    await passing(60_000)
    expect(rig.sent).toHaveLength(3)
  })

  it('go by a request that outlives the page when there is no room for a beacon', async () => {
    rig.beaconRoom = false
    const reports = rig.open()
    reports.tell(beat)
    reports.close()
    await passing(0)
    expect(sent()).toEqual([['fetch', 0]])
  })

  it('do not leave with the page what is under way already', async () => {
    let answer = (_response: Response) => {}
    rig.answers.push(() => new Promise<Response>((resolve) => (answer = resolve)))
    const reports = rig.open()
    reports.tell(beat)
    await passing(2_000)
    reports.tell(beat)
    rig.hide(true)
    answer(taken()())
    await passing(60_000)
    expect(sent()).toEqual([
      ['fetch', 0],
      ['beacon', 1],
    ])
  })

  it('come of one session in so many, by one chance for all of it', async () => {
    rig.chance = 0.3
    expect(rig.open({ oneIn: 4 }).sampled).toBe(false)
    const reports = rig.open({ oneIn: 3 })
    rig.chance = 0.9
    expect(reports.sampled).toBe(true)
    rig.answers.push(taken({ sampleOneIn: 4 }))
    reports.tell(beat)
    await passing(2_000)
    reports.tell(beat)
    await passing(60_000)
    expect([reports.sampled, rig.sent.length]).toEqual([false, 1])
  })

  it('are of a tenth of a thousand sessions when one in ten is asked for', () => {
    let sampled = 0
    for (let i = 0; i < 1_000; i++) {
      rig.chance = i / 1_000
      if (rig.open({ oneIn: 10 }).sampled) sampled++
    }
    expect(sampled).toBe(100)
  })

  it('are nobody’s after their token was refused', async () => {
    let token = 'old'
    rig.answers.push(refusal(401, 'TOKEN_EXPIRED', { retryable: false }))
    const reports = rig.open({ token: () => token })
    reports.tell(beat)
    await passing(2_000)
    token = 'new'
    reports.tell(beat)
    await passing(60_000)
    expect(rig.sent.map((each) => each.token)).toEqual(['old', undefined, 'new'])
  })

  it('are bounded: the oldest go, and what is too old to be taken', async () => {
    const reports = rig.open()
    rig.answers.push(refusal(404, 'SWITCHED_OFF', { afterS: 900 }))
    reports.tell(beat)
    await passing(2_000)
    for (let i = 0; i < 250; i++) reports.tell(beat)
    expect(reports.dropped).toBe(50)
    await passing(700_000)
    for (let i = 0; i < 3; i++) reports.tell(beat)
    await passing(300_000)
    const seqs = rig.sent.slice(2).flatMap((each) => each.seqs)
    expect(seqs).toEqual([251, 252, 253])
  })
})
