import type { IncomingMessage } from 'node:http'
import { headers } from '@gala/contracts'
import { named } from '../named-header.js'
import type { Traces } from './traces.js'

const mark = Symbol('forced')

/** Whether a request forces its trace: found out once, by the front or by what comes after it. */
export function forcedMark(traces: Traces, request: IncomingMessage & { [mark]?: boolean }): boolean {
  const token = named(request, headers.trace)
  if (token === undefined) return false
  request[mark] ??= traces.isForced(token)
  return request[mark]
}
