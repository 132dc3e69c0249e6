import type { IncomingMessage } from 'node:http'
import { headers } from '@gala/contracts'
import { named } from '../named-header.js'
import type { Traces } from './traces.js'

const looked = Symbol('force token')

/** The token by which a request forces its trace, if it brings one that holds: found out once, by the front or by what comes after it. */
export function forceOf(traces: Traces, request: IncomingMessage & { [looked]?: boolean }): string | undefined {
  const token = named(request, headers.trace)
  if (token === undefined) return undefined
  request[looked] ??= traces.isForced(token)
  return request[looked] ? token : undefined
}
