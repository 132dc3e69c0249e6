import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { SignJWT } from 'jose'
import { Viewers } from './viewers.js'

const key = { kid: 'k1', secret: new Uint8Array(32).fill(1) }
const later = { kid: 'k2', secret: new Uint8Array(32).fill(2) }
const anna = { id: 'anna', name: 'Anna', avatar: 'cat', cohort: 'vip' }

describe('whose token a request comes with', () => {
  let clock: VirtualClock
  let viewers: Viewers
  beforeEach(() => {
    clock = new VirtualClock()
    viewers = new Viewers([key, later], clock)
  })

  const signed = (claims: Record<string, unknown> = {}, by = key, audience = 'viewer') =>
    new SignJWT({ name: 'Anna', ...claims })
      .setProtectedHeader({ alg: 'HS256', kid: by.kid })
      .setIssuer('gala')
      .setAudience(audience)
      .setSubject('anna')
      .setExpirationTime(Math.floor(clock.nowMs() / 1_000) + 60)
      .sign(by.secret)
  const of = (token: string) =>
    viewers.verify(`Bearer ${token}`).then(
      (viewer) => viewer,
      (error: { code: string }) => error.code,
    )

  it('is told by every key there is, and is the same the next time', async () => {
    const { token } = await viewers.issue(anna, 60)
    expect(await of(token)).toEqual(anna)
    expect(await of(token)).toBe(await of(token))
    expect(await of(await signed({}, later))).toEqual({ id: 'anna', name: 'Anna', avatar: '', cohort: '' })
  })

  it('is over when the token is, also when it has been looked at before', async () => {
    const { token, expiresAtMs } = await viewers.issue(anna, 60)
    expect(expiresAtMs).toBe(clock.nowMs() + 60_000)
    await of(token)
    // Another process's clock may be some seconds behind.
    await clock.advance(64_000)
    expect(await of(token)).toEqual(anna)
    await clock.advance(2_000)
    expect(await of(token)).toBe('TOKEN_EXPIRED')
  })

  it('is nobody’s when it is for somebody else, signed by somebody else, or none at all', async () => {
    const stranger = { kid: 'k1', secret: new Uint8Array(32).fill(9) }
    const refused = [
      await signed({}, key, 'ops'),
      await signed({}, stranger),
      await signed({}, { kid: 'k3', secret: key.secret }),
      await signed({ name: 'x'.repeat(41) }),
      `${(await signed()).split('.').slice(0, 2).join('.')}.`,
      'x.y.z',
      '',
    ]
    for (const token of refused) expect(await of(token)).toBe('UNAUTHENTICATED')
    await expect(viewers.verify(undefined)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('has a name that can be shown to everybody', async () => {
    expect(await of(await signed({ name: 'An\u0007na\n\ud83c' }))).toMatchObject({ name: 'Anna\ufffd' })
    expect(await of(await signed({ name: undefined }))).toMatchObject({ name: 'anna' })
  })
})
