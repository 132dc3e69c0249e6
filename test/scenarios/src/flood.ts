import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

const sockets = 64
/** Written ahead on one connection: enough to keep the other end busy, few enough to keep what is under way small. */
const aheadMax = 16

/**
 * Posts ping-backs as fast as they are answered, many on their way at once, so many or for so long.
 * @returns how many were answered with which status.
 */
export async function flood(
  edge: string,
  { total, forMs = Number.POSITIVE_INFINITY }: { total: number; forMs?: number },
  bodyOf: (n: number) => string,
) {
  const statuses = new Map<number, number>()
  const began = performance.now()
  let next = 0
  const { hostname, port } = new URL(edge)
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      let open = 0
      let rest = ''
      const write = () => {
        let text = ''
        const over = performance.now() - began >= forMs
        for (; !over && open < aheadMax && next < total; open++) text += request(hostname, bodyOf(next++))
        if (text) socket.write(text)
        if (open > 0) return
        socket.end()
        resolve()
      }
      socket.on('connect', write)
      socket.on('error', reject)
      socket.on('close', () => (open > 0 ? reject(new Error(`closed with ${open} under way`)) : resolve()))
      socket.on('data', (bytes) => {
        const text = rest + bytes.toString('latin1')
        let end = 0
        for (const { 0: line, 1: status, index } of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
          statuses.set(Number(status), (statuses.get(Number(status)) ?? 0) + 1)
          open--
          end = index + line.length
        }
        // A status line may be cut in two.
        rest = text.slice(Math.max(end, text.length - 16))
        write()
      })
    })
  await Promise.all(Array.from({ length: sockets }, one))
  return { statuses, tookS: (performance.now() - began) / 1_000 }
}

const request = (host: string, body: string) =>
  `POST /v1/pingbacks HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\n` +
  `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
