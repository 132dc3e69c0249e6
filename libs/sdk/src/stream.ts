import { type OpsStreamMessage, opsStreamPath } from '@gala/contracts'
import { pause, type Transport } from './call.js'
import { errorOf, GalaError } from './error.js'

export interface StreamHandlers {
  message(message: OpsStreamMessage): void
  /** `connected` with the first message of a link, `lost` when it ends. */
  state(state: 'connected' | 'lost'): void
}

/** A live link sends something at least each second; this long without means it is dead, whatever the socket says. */
const silenceMs = 5_000
const backoffMaxMs = 5_000

/**
 * Follows the operators' server-sent events over fetch (EventSource cannot send a token), for as long as `signal` lets it.
 * @throws GalaError when the platform refuses for good: no token, wrong role.
 */
export async function followStream(transport: Transport, handlers: StreamHandlers, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await follow(transport, signal, (message) => {
        if (failures >= 0) handlers.state('connected')
        failures = -1
        handlers.message(message)
      })
    } catch (error) {
      if (error instanceof GalaError && !error.retryable) throw error
    }
    if (signal.aborted) return
    handlers.state('lost')
    await pause(Math.random() * Math.min(backoffMaxMs, 250 * 2 ** Math.max(0, failures)), signal)
  }
}

async function follow(transport: Transport, signal: AbortSignal, take: (message: OpsStreamMessage) => void) {
  const { baseUrl, headers = {}, fetch: through = fetch } = transport
  const dead = new AbortController()
  let timer = setTimeout(() => dead.abort(), silenceMs)
  try {
    const response = await through(baseUrl + opsStreamPath, { headers, signal: AbortSignal.any([signal, dead.signal]) })
    if (!response.ok) throw await errorOf(response)
    if (!response.body) return
    const parse = sseParser((event, data) => take({ event, data: JSON.parse(data) } as OpsStreamMessage))
    const decoder = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => dead.abort(), silenceMs)
      parse(decoder.decode(value, { stream: true }))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Feeds on text in any pieces; calls `take` for each whole event. Source: HTML standard, section 9.2.6. */
export function sseParser(take: (event: string, data: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    const blocks = (rest + text).replaceAll('\r\n', '\n').split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
          .join('\n')
      const data = field('data')
      if (data) take(field('event') || 'message', data)
    }
  }
}
