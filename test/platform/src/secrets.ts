import { createHmac, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Made once per checkout, readable by its owner only, never printed. */
export interface Secrets {
  mysql: { root: string; base: string; app: string; replication: string; keeper: string; test: string }
  /** Of operators' tokens. */
  tokenKey: string
  /** Of viewers' tokens. */
  viewerKey: string
  /** Of tokens that force traces. */
  traceKey: string
}

export function loadSecrets(file: string): Secrets {
  const held = read(file)
  const secret = () => randomBytes(24).toString('hex')
  // A checkout that is older than one of them gets it now, and keeps the others: the servers know those.
  const mysql = {
    root: secret(),
    base: secret(),
    app: secret(),
    replication: secret(),
    keeper: secret(),
    test: secret(),
  }
  const secrets: Secrets = {
    mysql: { ...mysql, ...held?.mysql },
    tokenKey: held?.tokenKey ?? randomBytes(32).toString('hex'),
    viewerKey: held?.viewerKey ?? randomBytes(32).toString('hex'),
    traceKey: held?.traceKey ?? randomBytes(32).toString('hex'),
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

function read(file: string): Partial<Secrets> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

export interface TokenSpec {
  audience: 'ops' | 'viewer'
  subject: string
  role?: string
  expiresInS: number
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A signed token (JWT, HS256) as an identity provider would issue it. */
export function mintToken(
  { tokenKey, viewerKey }: Secrets,
  { audience, subject, role, expiresInS }: TokenSpec,
): string {
  const nowS = Math.floor(Date.now() / 1000)
  const head = encode({ alg: 'HS256', typ: 'JWT', kid: 'k1' })
  const claims = encode({ iss: 'gala', aud: audience, sub: subject, role, iat: nowS, exp: nowS + expiresInS })
  const key = audience === 'viewer' ? viewerKey : tokenKey
  const signature = createHmac('sha256', Buffer.from(key, 'hex')).update(`${head}.${claims}`).digest('base64url')
  return `${head}.${claims}.${signature}`
}
