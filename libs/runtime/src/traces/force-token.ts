import { createHmac, timingSafeEqual } from 'node:crypto'
import { randomHex } from '@gala/kernel'

const form = /^(\d{10})\.([0-9a-f]{16})\.([0-9a-f]{64})$/
const purpose = 'gala trace'

const signatureOf = (key: Uint8Array, body: string) => createHmac('sha256', key).update(`${purpose}.${body}`).digest()

/** What a request carries so that its trace is made whole and kept: until `expiresAtMs`, for as many requests as one likes. */
export function forceToken(key: Uint8Array, expiresAtMs: number): string {
  const body = `${String(Math.floor(expiresAtMs / 1_000)).padStart(10, '0')}.${randomHex(8)}`
  return `${body}.${signatureOf(key, body).toString('hex')}`
}

/** Whether it was signed with this key and still holds. Signatures are compared in constant time. */
export function holdsForce(key: Uint8Array, token: string, nowMs: number): boolean {
  const [, expiresS = '', id = '', signature = ''] = form.exec(token) ?? []
  if (signature === '') return false
  const genuine = timingSafeEqual(Buffer.from(signature, 'hex'), signatureOf(key, `${expiresS}.${id}`))
  return genuine && Number(expiresS) * 1_000 > nowMs
}
