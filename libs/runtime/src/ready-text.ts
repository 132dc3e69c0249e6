import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Clock } from '@gala/kernel'
import { bounds } from './bounds.js'
import type { Ready } from './door.js'

const idleS = bounds.keepAliveTimeout / 1_000
/** Beyond this Node does not write a string from the stack, and what was made twice is not worth its memory. */
const textBytesMax = 16_384

/** What follows the first header of an answer. */
interface Rest {
  date: string
  head: string
  whole: string
}

/**
 * Answers from memory as the text that goes over the wire: the headers as given, then the three Node adds. All but the value of the
 * first header is made once a second for each answer, and none of it is checked again for every request, as `writeHead` does.
 */
export class ReadyTexts {
  readonly #rests = new WeakMap<Ready, Rest>()
  #date = ''
  #dateUntilMs = 0

  constructor(private readonly clock: Pick<Clock, 'nowMs'>) {}

  /** As Node writes it. */
  of(ready: Ready, method: string | undefined): string {
    const { status, head } = ready
    const date = this.#now()
    let rest = this.#rests.get(ready)
    if (rest?.date !== date) {
      rest = restOf(ready, date)
      this.#rests.set(ready, rest)
    }
    const hasBody = method !== 'HEAD' && status === 200
    return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head[0]}: ${head[1]}${hasBody ? rest.whole : rest.head}`
  }

  /** What follows the headers of an answer that are its own: Node's three, and the empty line. */
  get end(): string {
    return endOf(this.#now())
  }

  /**
   * Through Node's own response. Where the connection goes on as usual, the text stands in the place of the head that `writeHead` would
   * have made. Whatever ends with its answer, is large, or meets another Node than this was written for, is written as documented.
   */
  write(ready: Ready, request: IncomingMessage, response: ServerResponse) {
    const { status, head, body } = ready
    if (body.length <= textBytesMax && isPlain(request, response)) {
      return writeText(response, status, this.of(ready, request.method))
    }
    response.writeHead(status, head).end(body)
  }

  /** RFC 9110, section 5.6.7; made once a second. */
  #now(): string {
    const nowMs = this.clock.nowMs()
    if (nowMs >= this.#dateUntilMs || nowMs < this.#dateUntilMs - 1_000) {
      this.#date = new Date(nowMs).toUTCString()
      this.#dateUntilMs = Math.floor(nowMs / 1_000) * 1_000 + 1_000
    }
    return this.#date
  }
}

const endOf = (date: string) => `Date: ${date}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${idleS}\r\n\r\n`

function restOf({ head, body }: Ready, date: string): Rest {
  let text = '\r\n'
  for (let i = 2; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`
  text += endOf(date)
  return { date, head: flat(text), whole: flat(text + body.toString('latin1')) }
}

/** In one piece. What is put together of strings is copied from its pieces whenever it is written, each time anew. */
const flat = (text: string) => Buffer.from(text, 'latin1').toString('latin1')

/** Of Node's response, not documented (`lib/_http_outgoing.js`, `lib/_http_server.js`). */
interface Inner {
  /** The head that has been made and not sent yet: null before. */
  _header?: string | null
  _sent100?: boolean
}

/** Whether the connection goes on after this answer as after most, and Node keeps its head where it did. */
export function isPlain({ httpVersion }: IncomingMessage, response: ServerResponse): boolean {
  const { _header, _sent100 } = response as unknown as Inner
  return _header === null && _sent100 === false && response.shouldKeepAlive && httpVersion === '1.1'
}

/** The whole answer, head and body, as it goes over the wire. Only where `isPlain`. */
export function writeText(response: ServerResponse, status: number, text: string) {
  response.statusCode = status
  ;(response as unknown as Inner)._header = text
  response.end()
}
