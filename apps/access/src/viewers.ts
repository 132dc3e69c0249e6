import { AppError, type Viewer, viewerSchema } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { TokenKey } from '@gala/runtime'
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'

/** Tokens that have been looked at: some 700 bytes each. */
const verifiedMax = 20_000
/** Clocks of two machines in one fleet differ by less than this. */
const toleranceS = 5

const claimsSchema = z.object({
  sub: viewerSchema.shape.id,
  name: viewerSchema.shape.name.optional(),
  avatar: viewerSchema.shape.avatar.default(''),
  cohort: viewerSchema.shape.cohort.default(''),
  exp: z.int(),
})

/**
 * Who viewers are, by tokens (JWT, HS256) that an identity provider signs with one of these keys. They are others than those of
 * operators: whoever can say who a viewer is cannot say who an operator is.
 */
export class Viewers {
  readonly #verified = new LRUCache<string, { viewer: Viewer; untilMs: number }>({ max: verifiedMax })

  constructor(
    private readonly keys: readonly TokenKey[],
    private readonly clock: Clock,
  ) {}

  /** @throws AppError UNAUTHENTICATED (none, malformed, forged, for somebody else) or TOKEN_EXPIRED. */
  async verify(authorization: string | undefined): Promise<Viewer> {
    const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/i.exec(authorization ?? '')?.[1]
    if (!token) throw new AppError('UNAUTHENTICATED', 'send a token as authorization: Bearer')
    const known = this.#verified.get(token)
    if (known && this.clock.nowMs() < known.untilMs) return known.viewer
    const { exp, sub, name, avatar, cohort } = await this.#claimsOf(token)
    const viewer = { id: sub, name: shown(name ?? sub), avatar, cohort }
    this.#verified.set(token, { viewer, untilMs: (exp + toleranceS) * 1_000 })
    return viewer
  }

  /** A token as an identity provider would issue it, for `lifeS` seconds. */
  async issue({ id, name, avatar, cohort }: Viewer, lifeS: number): Promise<{ token: string; expiresAtMs: number }> {
    const [key] = this.keys
    if (!key) throw new AppError('INTERNAL', 'there is no key to sign with')
    const nowS = Math.floor(this.clock.nowMs() / 1_000)
    const token = await new SignJWT({ name, avatar, cohort })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: key.kid })
      .setIssuer('gala')
      .setAudience('viewer')
      .setSubject(id)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + lifeS)
      .sign(key.secret)
    return { token, expiresAtMs: (nowS + lifeS) * 1_000 }
  }

  async #claimsOf(token: string) {
    try {
      const { kid } = decodeProtectedHeader(token)
      const key = this.keys.find((one) => one.kid === kid)
      if (!key) throw new AppError('UNAUTHENTICATED', 'the token is signed with a key nobody here knows')
      const { payload } = await jwtVerify(token, key.secret, {
        algorithms: ['HS256'],
        issuer: 'gala',
        audience: 'viewer',
        requiredClaims: ['exp', 'sub'],
        clockTolerance: toleranceS,
        currentDate: new Date(this.clock.nowMs()),
      })
      return claimsSchema.parse(payload)
    } catch (error) {
      if (error instanceof AppError) throw error
      if (error instanceof errors.JWTExpired) throw new AppError('TOKEN_EXPIRED', 'get a new token', { cause: error })
      throw new AppError('UNAUTHENTICATED', 'the token is not valid', { cause: error })
    }
  }
}

/** A name is shown to everybody, whoever has made it up: without control characters, and in whole characters. */
const shown = (name: string) =>
  name
    .slice(0, 40)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
