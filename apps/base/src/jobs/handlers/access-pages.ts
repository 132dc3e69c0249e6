import { Agent, request } from 'undici'

/** An access process, and where it answers without an edge before it. */
export interface AccessPlace {
  name: string
  dc: string
  url: string
}

export interface Asked {
  place: AccessPlace
  path: string
  status: number | undefined
  /** What it says its answer was made from. */
  source: string | undefined
  /** Of an answer that was asked for as JSON. */
  body: unknown
  /** Why there is no answer. */
  error: string | undefined
}

interface Question {
  place: AccessPlace
  path: string
  post?: unknown
}

const askTimeoutMs = 3_000
const atOnceMax = 16
/** The largest first screen has some 100 KiB. */
const bodyBytesMax = 4 * 1_024 * 1_024

/** What a viewer of the event loads first, and again and again. Counts have no copy on disk: an old one would mislead. */
export const snapshotPages = (event: string) => [
  `/v1/events/${event}`,
  `/v1/events/${event}/bootstrap`,
  `/v1/events/${event}/play`,
  `/v1/events/${event}/programmes`,
]
export const warmPages = (event: string) => [...snapshotPages(event), `/v1/events/${event}/stats`]

/** Asks access processes, so many at once. To be closed. */
export class AccessPages {
  readonly #agent = new Agent({
    connect: { timeout: askTimeoutMs },
    connections: 4,
    maxResponseSize: bodyBytesMax,
  })

  constructor(private readonly signal: AbortSignal) {}

  /** One answer for each question, in their order. @throws when the run is told to end. */
  async all(questions: readonly Question[], onAnswer: (asked: Asked) => void): Promise<Asked[]> {
    const answers: Asked[] = []
    const waiting = questions.entries()
    const work = async () => {
      for (const [i, question] of waiting) {
        this.signal.throwIfAborted()
        const asked = await this.#ask(question)
        answers[i] = asked
        onAnswer(asked)
      }
    }
    await Promise.all(Array.from({ length: atOnceMax }, work))
    return answers
  }

  async close() {
    await this.#agent.destroy()
  }

  async #ask({ place, path, post }: Question): Promise<Asked> {
    const none = { place, path, status: undefined, source: undefined, body: undefined, error: undefined }
    try {
      const { statusCode, headers, body } = await request(`${place.url}${path}`, {
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(askTimeoutMs)]),
        ...(post !== undefined && {
          method: 'POST',
          body: JSON.stringify(post),
          headers: { 'content-type': 'application/json' },
        }),
      })
      const text = await body.text()
      const source = String(headers['x-gala-cache'] ?? '')
      return { ...none, status: statusCode, source, body: post === undefined ? undefined : jsonIn(text) }
    } catch (error) {
      this.signal.throwIfAborted()
      const { code, message } = error as { code?: unknown; message?: unknown }
      return { ...none, error: String(code ?? message ?? 'no answer').slice(0, 120) }
    }
  }
}

/** What is no JSON is nothing. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
