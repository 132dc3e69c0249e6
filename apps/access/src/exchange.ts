import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** A whole answer, as it came. */
export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/**
 * One request to one application, and its whole answer: what comes back is a few kilobytes, and a stream for them, with a signal to
 * end it, costs more than the exchange itself.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly reply: Promise<Reply>
  #resolve: (reply: Reply) => void = () => {}
  #reject: (error: Error) => void = () => {}
  #controller: Dispatcher.DispatchController | undefined
  #cancelled: Error | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #body: Buffer[] = []

  constructor() {
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Ends it wherever it is: what waits for a connection is not sent any more. */
  cancel(reason: Error) {
    this.#cancelled = reason
    this.#controller?.abort(reason)
    this.#reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.#controller = controller
    if (this.#cancelled) controller.abort(this.#cancelled)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders) {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer) {
    this.#body.push(chunk)
  }

  onResponseEnd() {
    const [first = Buffer.alloc(0)] = this.#body
    const body = this.#body.length > 1 ? Buffer.concat(this.#body) : first
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error) {
    this.#reject(error)
  }
}
