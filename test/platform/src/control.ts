import { randomBytes, timingSafeEqual } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { LinkOrder } from './links/relay.js'
import type { Platform } from './platform.js'
import { ticksOf } from './process.js'

export interface ControlFile {
  port: number
  token: string
  pid: number
  startedTicks: string
}

export const controlFile = (stateDir: string) => join(stateDir, 'control.json')
export const partActions = ['start', 'stop', 'restart', 'kill', 'crash', 'pause', 'resume'] as const
export type PartAction = (typeof partActions)[number]

/**
 * The starter's own door, for `npm run status`, `npm run part`, `npm stop` and the scenarios: loopback, and a token only
 * the checkout's owner can read. Listening on the base port is also the claim on the whole block of ports.
 */
export async function openControl(platform: Platform, stateDir: string, port: number, onStop: () => void) {
  const token = randomBytes(24).toString('hex')
  const server = createServer((request, response) => {
    void handle(platform, token, onStop, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is taken, perhaps by another checkout; choose other ports, for example: GALA_PORT_BASE=8000 npm start`,
            )
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const file: ControlFile = { port, token, pid: process.pid, startedTicks: ticksOf(process.pid) }
  writeFileSync(controlFile(stateDir), JSON.stringify(file), { mode: 0o600 })
  return {
    close: () => {
      server.closeAllConnections()
      server.close()
      rmSync(controlFile(stateDir), { force: true })
    },
  }
}

async function handle(
  platform: Platform,
  token: string,
  onStop: () => void,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return answer(401, { error: 'no' })
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control')
    const [, area, name = '', action] = pathname.split('/')
    if (area === 'status') return answer(200, await platform.status())
    if (area === 'secrets') return answer(200, platform.secrets)
    if (area === 'token') {
      const role = searchParams.get('role') ?? undefined
      const expiresInS = Number(searchParams.get('expiresInS') ?? 600)
      const audience = searchParams.get('audience') === 'viewer' ? 'viewer' : 'ops'
      return answer(200, { token: platform.mint(audience, searchParams.get('subject') ?? 'test', role, expiresInS) })
    }
    if (area === 'parts' && isAction(action)) {
      await act(platform, name, action)
      return answer(200, platform.part(name).report)
    }
    if (area === 'links') return answer(200, await platform.link(name, action ?? '').order(linkOrder(searchParams)))
    if (area === 'stop') {
      answer(200, { stopping: true })
      return onStop()
    }
    answer(404, { error: `there is nothing at ${pathname}` })
  } catch (error) {
    answer(400, { error: (error as Error).message })
  }
}

/** An order as it stands in an address. */
export const linkQuery = (order: LinkOrder) => new URLSearchParams({ order: JSON.stringify(order) })
const linkOrder = (query: URLSearchParams) => JSON.parse(query.get('order') ?? '{}') as LinkOrder

const isAction = (action: string | undefined): action is PartAction => partActions.includes(action as PartAction)

async function act(platform: Platform, name: string, action: PartAction) {
  const part = platform.part(name)
  if (action === 'pause' || action === 'resume') return part.pause(action === 'pause')
  await part[action]()
}
