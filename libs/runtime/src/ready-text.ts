import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Clock } from '@gala/kernel'
import { bounds } from './bounds.js'
import type { Ready } from './door.js'

const idleS = bounds.keepAliveTimeout / 1_000
/** Beyond this Node does not write a string from the stack, and what was made twice is not worth its memory. */
const textBytesMax = 16_384

/** Everything an answer says of itself, as `writeHead` takes it. */
export const headOf = ({ traceparent, age, until, head }: Ready): string[] => [
  ...['traceparent', traceparent, 'age', String(age), 'x-accel-expires', until],
  ...head,
]

/**
 * Answers from memory as the text that goes over the wire: the headers as given, then the three Node adds. What never differs is
 * made once for each answer, what is so for a second once a second, and none of it is checked again for every request, as `writeHead` does.
 */
export class ReadyTexts {
  #until = ''
  #untilLine = ''
  #end = ''
  #endUntilMs = 0

  constructor(private readonly clock: Pick<Clock, 'nowMs'>) {}

  /** As Node writes it. */
  of(ready: Ready, method: string | undefined): string {
    const { status, traceparent, age, until } = ready
    ready.text ??= textOf(ready)
    const { head, body } = ready.text
    if (until !== this.#until) {
      this.#until = until
      this.#untilLine = `\r\nx-accel-expires: ${until}\r\n`
    }
    const text = firstOf[status] + traceparent + ageLine + age + this.#untilLine + head + this.end
    return method === 'HEAD' || status === 304 ? text : text + body
  }

  /** What follows the headers of an answer that are its own: Node's three, and the empty line. Source of the date: RFC 9110, section 5.6.7. */
  get end(): string {
    const nowMs = this.clock.nowMs()
    if (nowMs >= this.#endUntilMs || nowMs < this.#endUntilMs - 1_000) {
      const date = new Date(nowMs).toUTCString()
      this.#end = `Date: ${date}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${idleS}\r\n\r\n`
      this.#endUntilMs = Math.floor(nowMs / 1_000) * 1_000 + 1_000
    }
    return this.#end
  }

  /**
   * Through Node's own response. Where the connection goes on as usual, the text stands in the place of the head that `writeHead` would
   * have made. Whatever ends with its answer, is large, or meets another Node than this was written for, is written as documented.
   */
  write(ready: Ready, request: IncomingMessage, response: ServerResponse) {
    const { status, body } = ready
    if (body.length <= textBytesMax && isPlain(request, response)) {
      return writeText(response, status, this.of(ready, request.method))
    }
    response.writeHead(status, headOf(ready)).end(body)
  }
}

const firstOf = {
  200: `HTTP/1.1 200 ${STATUS_CODES[200]}\r\ntraceparent: `,
  304: `HTTP/1.1 304 ${STATUS_CODES[304]}\r\ntraceparent: `,
}
const ageLine = '\r\nage: '

function textOf({ head, body }: Ready): NonNullable<Ready['text']> {
  let text = ''
  for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`
  return { head: flat(text), body: body.toString('latin1') }
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
