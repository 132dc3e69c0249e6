import { createServer, type RequestListener, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { bounds } from './bounds.js'
import type { Ready } from './door.js'
import { type Asked, named } from './named-header.js'
import { type Hit, RawFront } from './raw-front.js'
import { readPlain } from './raw-request.js'
import { headOf, ReadyTexts } from './ready-text.js'

const etag = '"hot"'
const more = ['content-type', 'text/plain', 'content-length', '5']
const now = { traceparent: 'one', age: 3, until: '@7' }
const hot: Ready = { status: 200, ...now, head: ['etag', etag, ...more], body: Buffer.from('hot\xff!', 'latin1') }
const same: Ready = { status: 304, ...now, head: ['etag', etag], body: Buffer.alloc(0) }

const hit = (request: Asked): Ready | undefined => {
  if (!/^\/v1\/hot(\?|$)/.test(request.url ?? '')) return undefined
  return named(request, 'if-none-match') === etag ? same : hot
}

/** What stands behind: it says how it was asked, so that another reading of the same bytes shows. */
const answering =
  (write: ReadyTexts['write']): RequestListener =>
  (request, response) => {
    const ready = request.method === 'GET' || request.method === 'HEAD' ? hit(request) : undefined
    if (ready) return write(ready, request, response)
    request.resume()
    const { method, url, rawHeaders, httpVersion } = request
    const body = JSON.stringify({ method, url, rawHeaders, httpVersion })
    response.writeHead(404, { 'content-length': Buffer.byteLength(body) }).end(body)
  }

const asDocumented: ReadyTexts['write'] = (ready, _request, response) =>
  void response.writeHead(ready.status, headOf(ready)).end(ready.body)

export interface FuzzResult {
  inputs: number
  /** Requests the raw front has answered itself. */
  answered: number
  /** Inputs it has handed over, at once or after some answers. */
  handedOver: number
  /** Inputs that were answered otherwise than by Node's server alone. */
  different: { chunks: string[]; raw: string; node: string }[]
}

/**
 * Says the same to a server behind the raw front and to one without, and compares what they answer, to the byte. The first one's own
 * answers from memory are written as text, the other's as Node documents it. What was answered
 * and what was handed over are said to Node on two connections: on one, a broken request takes along the answers to those
 * before it that Node has not sent yet.
 */
export async function fuzzRawFront(seed: number, inputs: number): Promise<FuzzResult> {
  const random = seededRandom(seed)
  const result: FuzzResult = { inputs, answered: 0, handedOver: 0, different: [] }
  const counting: Hit = (request) => {
    const ready = hit(request)
    if (ready) result.answered++
    return ready
  }
  let handed = false
  const texts = new ReadyTexts(new VirtualClock())
  const open = (write: ReadyTexts['write']) => {
    const server = createServer(bounds, answering(write))
    server.on('request', () => {
      handed = true
    })
    return server.on('clientError', (_error, socket) => {
      handed = true
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    })
  }
  const [guarded, plain] = [open(texts.write.bind(texts)), open(asDocumented)]
  new RawFront(texts, counting).guard(guarded)
  for (let i = 0; i < inputs; i++) {
    const chunks = chunksOf(random)
    handed = false
    const before = result.answered
    const raw = await said(guarded, chunks)
    if (handed) result.handedOver++
    const [first, rest] = parted(chunks, result.answered - before)
    const node = (await said(plain, first)) + (await said(plain, rest))
    if (raw !== node && result.different.length < 10) result.different.push({ chunks, raw, node })
  }
  guarded.close()
  plain.close()
  return result
}

/** The bytes of the first so many requests, and all after them, in the pieces they came in. */
function parted(chunks: readonly string[], answered: number): [string[], string[]] {
  const text = chunks.join('')
  let at = 0
  for (let i = 0; i < answered; i++) at = readPlain(text, at)?.end ?? at
  let from = 0
  const rest = chunks.map((chunk) => {
    const its = chunk.slice(Math.max(0, at - from))
    from += chunk.length
    return its
  })
  return [[text.slice(0, at)].filter(Boolean), rest.filter(Boolean)]
}

/** A connection without a network. */
class Line extends Duplex {
  readonly chunks: Buffer[] = []
  override _read() {}
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.chunks.push(chunk)
    done()
  }
  setTimeout() {
    return this
  }
}

async function said(server: Server, chunks: readonly string[]): Promise<string> {
  if (chunks.length === 0) return ''
  const line = new Line({ decodeStrings: true, allowHalfOpen: true })
  const over = new Promise<void>((done) => line.once('finish', done).once('close', done))
  server.emit('connection', line)
  for (const chunk of chunks) {
    line.push(Buffer.from(chunk, 'latin1'))
    await turn()
  }
  line.push(null)
  await over
  line.destroy()
  return Buffer.concat(line.chunks)
    .toString('latin1')
    .replace(/Date: [^\r]*/g, 'Date:')
}

const turn = () => new Promise<void>((done) => setImmediate(done))

const urls = [
  '/v1/hot',
  '/v1/hot?a=1',
  '/v1/hot',
  '/v1/cold',
  '/',
  '/v1/hot/../x',
  '/v1/hot%00',
  '//v1/hot',
  '*',
  'http://x/v1/hot',
]
const headers = [
  ...[
    'accept: */*',
    'user-agent: fuzz/1.0 (x; y)',
    'accept-encoding: gzip, br',
    'connection: keep-alive',
    'x-empty:',
    'x-a:b',
  ],
  ...[
    `if-none-match: ${etag}`,
    `if-none-match: W/${etag}`,
    'if-none-match: *',
    'connection: close',
    'connection: upgrade',
  ],
  ...[
    'content-length: 0',
    'content-length: 5',
    'transfer-encoding: chunked',
    'expect: 100-continue',
    'upgrade: h2c',
    'host: y',
  ],
  ...[
    'x-tab:\tv',
    'x-end: v ',
    'x-high: \xe9',
    ' folded: v',
    'x space: v',
    'x_y: v',
    'x-long: '.padEnd(3_000, 'l'),
    'te: trailers',
  ],
]
const odd = [
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  '\x7f',
  '\xff',
  ';',
  '\r\n',
  '\r\n\r\n',
  'GET ',
  'HTTP/1.0',
  'HTTP/1.1',
  '1',
]

/** Mostly right, with something odd in it now and then: what nobody understands shows nothing. */
function chunksOf(random: () => number): string[] {
  const of = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T
  let text = ''
  for (let n = 1 + Math.floor(random() * random() * 4); n > 0; n--) {
    const method =
      random() < 0.9 ? of(['GET', 'GET', 'HEAD']) : of(['POST', 'get', 'PUT', 'OPTIONS', 'CONNECT', 'GETT'])
    const url = random() < 0.8 ? '/v1/hot' : of(urls)
    const lines = [`${method} ${url} HTTP/1.${random() < 0.97 ? 1 : 0}`]
    if (random() < 0.97) lines.push('Host: gala')
    for (let h = Math.floor(random() * 5); h > 0; h--)
      lines.push(random() < 0.8 ? of(headers.slice(0, 7)) : of(headers))
    text += `${lines.join('\r\n')}\r\n\r\n`
  }
  if (random() < 0.3) {
    const at = Math.floor(random() * text.length)
    const gone = random() < 0.5 ? Math.floor(random() * 4) : 0
    text = text.slice(0, at) + (random() < 0.8 ? of(odd) : '') + text.slice(at + gone)
  }
  if (random() < 0.85) return [text]
  const at = Math.floor(random() * text.length)
  return [text.slice(0, at), text.slice(at)].filter(Boolean)
}
