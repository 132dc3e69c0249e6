import { AppError, type Role, roles } from '@gala/contracts'
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { z } from 'zod'

export interface Operator {
  subject: string
  role: Role
  expiresAtMs: number
}

export interface TokenKey {
  kid: string
  secret: Uint8Array
}

const opsClaims = z.object({ sub: z.string().min(1).max(120), role: z.enum(roles), exp: z.int() })

/** `kid=hex` pairs as keys. A key shorter than the 256 bits of HS256 is refused by its schema (see RFC 7518, 3.2). */
export const tokenKey = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){32,}$/, 'must be at least 32 bytes in hex')
  .transform((hex) => new Uint8Array(Buffer.from(hex, 'hex')))

/**
 * The operator behind an `authorization: Bearer` header.
 * @throws AppError UNAUTHENTICATED (none, malformed, forged, wrong audience) or TOKEN_EXPIRED.
 */
export async function verifyOperator(keys: readonly TokenKey[], authorization: string | undefined): Promise<Operator> {
  const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/i.exec(authorization ?? '')?.[1]
  if (!token) throw new AppError('UNAUTHENTICATED', 'send a token as authorization: Bearer')
  try {
    const { kid } = decodeProtectedHeader(token)
    const key = keys.find((k) => k.kid === kid)
    if (!key) throw new AppError('UNAUTHENTICATED', 'the token is signed with a key nobody here knows')
    const { payload } = await jwtVerify(token, key.secret, {
      algorithms: ['HS256'],
      issuer: 'gala',
      audience: 'ops',
      requiredClaims: ['exp', 'sub'],
      // Clocks of two machines in one fleet differ by less than this.
      clockTolerance: 5,
    })
    const claims = opsClaims.parse(payload)
    return { subject: claims.sub, role: claims.role, expiresAtMs: claims.exp * 1000 }
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof errors.JWTExpired) throw new AppError('TOKEN_EXPIRED', 'sign in again', { cause: error })
    throw new AppError('UNAUTHENTICATED', 'the token is not valid', { cause: error })
  }
}

/** @throws AppError FORBIDDEN when `actor` stands below `needed`. */
export function requireRole(actor: Operator, needed: Role): void {
  if (roles.indexOf(actor.role) < roles.indexOf(needed)) {
    throw new AppError('FORBIDDEN', `this needs the role ${needed}, the token has ${actor.role}`)
  }
}
