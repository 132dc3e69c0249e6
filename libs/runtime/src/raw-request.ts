import { headers } from '@gala/contracts'

/** A request as the raw front reads it: as much of Node's as answers from memory look at. */
export interface RawRequest {
  readonly method: 'GET' | 'HEAD'
  readonly url: string
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[]
  /** By name in lower case; none comes twice. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the next request begins. */
  readonly end: number
}

const headersMax = 48
/** Origin form, with nothing in it that anybody could read in two ways. */
const lineAt = /(GET|HEAD) (\/v1\/[A-Za-z0-9\-._~/%?=&,:+]{0,1000}) HTTP\/1\.1\r\n/y
/** A value without anything but visible characters and single places between them. */
const headerAt = /([A-Za-z][A-Za-z0-9-]{0,63}): ?([\x21-\x7e](?:[\x20-\x7e]{0,2000}[\x21-\x7e])?)\r\n/y
/** Whatever says how the message or the connection goes on is for a whole HTTP server to read. */
const notHere = new Set([
  ...['content-length', 'transfer-encoding', 'trailer', 'te', 'expect', 'upgrade', 'keep-alive', 'proxy-connection'],
  ...['http2-settings', 'authorization', 'range', headers.trace],
])

/**
 * The request that begins at `from`, when it is whole and of the plainest kind; undefined for everything else, which is not said
 * to be wrong. Source of what is plain: RFC 9112, sections 3 and 5, without what it only tolerates.
 */
export function readPlain(text: string, from: number): RawRequest | undefined {
  lineAt.lastIndex = from
  const line = lineAt.exec(text)
  if (!line) return undefined
  let at = lineAt.lastIndex
  const rawHeaders: string[] = []
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (;;) {
    if (text.charCodeAt(at) === 13) break
    headerAt.lastIndex = at
    const header = headerAt.exec(text)
    if (!header || rawHeaders.length >= headersMax * 2) return undefined
    const [, name = '', value = ''] = header
    const key = name.toLowerCase()
    if (notHere.has(key) || headers[key] !== undefined) return undefined
    if (key === 'connection' && value !== 'keep-alive' && value !== 'Keep-Alive') return undefined
    headers[key] = value
    rawHeaders.push(name, value)
    at = headerAt.lastIndex
  }
  if (text.charCodeAt(at + 1) !== 10 || headers['host'] === undefined) return undefined
  return { method: line[1] as 'GET' | 'HEAD', url: line[2] ?? '', rawHeaders, headers, end: at + 2 }
}
