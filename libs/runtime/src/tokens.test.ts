import { AppError } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { SignJWT } from 'jose'
import { requireRole, tokenKey, verifyOperator } from './tokens.js'

const secret = tokenKey.parse('ab'.repeat(32))
const keys = [{ kid: 'k1', secret }]

interface Made {
  kid?: string
  by?: Uint8Array
  claims?: Record<string, unknown>
  audience?: string
  expiresInS?: number
}

const token = ({ kid = 'k1', by = secret, claims = {}, audience = 'ops', expiresInS = 60 }: Made = {}) =>
  new SignJWT({ role: 'operator', ...claims })
    .setProtectedHeader({ alg: 'HS256', kid })
    .setSubject('li')
    .setIssuer('gala')
    .setAudience(audience)
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInS)
    .sign(by)

async function codeOf(authorization: string | undefined): Promise<string> {
  const outcome = await verifyOperator(keys, authorization).then(
    () => 'accepted',
    (error: unknown) => error,
  )
  if (outcome instanceof AppError) return outcome.code
  return String(outcome)
}

describe('operators’ tokens', () => {
  it('tell who it is, in which role and until when', async () => {
    const operator = await verifyOperator(keys, `Bearer ${await token()}`)
    expect(operator).toMatchObject({ subject: 'li', role: 'operator' })
    expect(operator.expiresAtMs).toBeGreaterThan(Date.now())
  })

  it('are refused when there is none, or it is malformed', async () => {
    for (const header of [
      undefined,
      '',
      'Bearer',
      'Basic eDp5',
      'Bearer a b',
      `Bearer ${'x'.repeat(5000)}`,
      'Bearer a.b.c',
    ]) {
      expect([header?.slice(0, 20), await codeOf(header)]).toEqual([header?.slice(0, 20), 'UNAUTHENTICATED'])
    }
  })

  it('are refused when forged, unsigned, meant for others or without a known role', async () => {
    const forged = await token({ by: tokenKey.parse('cd'.repeat(32)) })
    const none = `${Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url')}.${forged.split('.')[1]}.`
    const cases = [
      forged,
      none,
      await token({ kid: 'k2' }),
      await token({ audience: 'viewers' }),
      await token({ claims: { role: 'root' } }),
    ]
    for (const each of cases) expect(await codeOf(`Bearer ${each}`)).toBe('UNAUTHENTICATED')
  })

  it('expire, with five seconds of grace for clocks that differ', async () => {
    expect(await codeOf(`Bearer ${await token({ expiresInS: -2 })}`)).toBe('accepted')
    expect(await codeOf(`Bearer ${await token({ expiresInS: -10 })}`)).toBe('TOKEN_EXPIRED')
  })

  it('are signed with keys of 256 bits or more', () => {
    expect(tokenKey.safeParse('ab'.repeat(31)).success).toBe(false)
  })

  it('open what stands at or below their role', () => {
    const actor = { subject: 'li', role: 'operator' as const, expiresAtMs: 0 }
    requireRole(actor, 'viewer')
    requireRole(actor, 'operator')
    expect(() => requireRole(actor, 'admin')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
  })
})
