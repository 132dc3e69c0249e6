import type { Reply } from '../load-connection.js'

/** One address that is asked, in the sorts a gala's audience asks. */
export interface Question {
  sort: Sort
  event: string
  path: string
  /** The last body from each edge that was found right: as long as it stays the same, it needs no second look. */
  right: Buffer[]
}

export interface Sort {
  name: string
  /** Of all requests. */
  share: number
  /** Where an answer says which event it is about. */
  eventIn: (body: Body) => unknown
}

interface Body {
  id?: unknown
  eventId?: unknown
  event?: { id?: unknown }
}

export type Verdict = { outcome: 'full' | 'degraded' } | { outcome: 'bad'; code: string; retryable: boolean }

const byEventId = ({ eventId }: Body) => eventId

export const sorts: readonly Sort[] = [
  { name: '/bootstrap', share: 0.5, eventIn: ({ event }) => event?.id },
  { name: '/play', share: 0.2, eventIn: byEventId },
  { name: '/stats', share: 0.2, eventIn: byEventId },
  { name: '/programmes', share: 0.05, eventIn: byEventId },
  { name: '', share: 0.05, eventIn: ({ id }) => id },
]

/** What a viewer has of an answer. Asked again is what a client may: nothing came, or the platform says that it may succeed. */
export function verdictOn(reply: Reply, question: Question, edge: number): Verdict {
  if (reply.lost) return { outcome: 'bad', code: reply.lost, retryable: true }
  if (reply.status !== 200) {
    const problem = reply.body.toString()
    const code = `${reply.status} ${/"code":"([A-Z_]+)"/.exec(problem)?.[1] ?? problem.slice(0, 100)}`
    return { outcome: 'bad', code, retryable: reply.status >= 500 && !problem.includes('"retryable":false') }
  }
  const wrong = wrongIn(reply.body, question, edge)
  if (wrong) return { outcome: 'bad', code: wrong, retryable: false }
  return { outcome: reply.old || reply.cut ? 'degraded' : 'full' }
}

function wrongIn(body: Buffer, question: Question, edge: number): string | undefined {
  if (question.right[edge]?.equals(body)) return
  try {
    const event = question.sort.eventIn(JSON.parse(body.toString()) as Body)
    if (event !== question.event) return `an answer about ${event}`
  } catch {
    return `no JSON: ${body.toString().slice(0, 100)}`
  }
  question.right[edge] = body
}
