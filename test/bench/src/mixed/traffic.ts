import { plainGet } from '../http/latency-figures.js'
import type { Asking } from '../http/open-loop-worker.js'

/** What viewers of a thousand events ask for, by how much of it there is. */
const shares = { bootstrap: 50, play: 20, stats: 20, programmes: 5, likes: 5 } as const
export type Sort = keyof typeof shares
export const sorts = Object.keys(shares) as Sort[]

/** All but likes are reads that memory may answer. */
export const reads = sorts.filter((sort) => sort !== 'likes')

/** The most asked for event first. */
export function askingOf(events: readonly string[], port: number): Asking[] {
  return sorts.map((name) => ({
    name,
    share: shares[name],
    texts: events.map((id) => (name === 'likes' ? like(id, port) : plainGet(`/v1/events/${id}/${name}`, port))),
    status: 200,
  }))
}

/** A like of a viewer who has not sent this one before. */
function like(id: string, port: number): string {
  const body = '{"count":1,"clientId":"viewer-@CLIENT@","seq":@NUMBER@}'
  const length = body.replace('@CLIENT@', '000000').replace('@NUMBER@', '0000000000').length
  const head = [
    `POST /v1/events/${id}/likes HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    `content-length: ${length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
