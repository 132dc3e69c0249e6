import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endOrphans, freePorts, Platform } from '@gala/platform'
import type { Ending } from '../http/ending.js'
import { endAll, loadCore, needTwoCores, pin, serverCore } from '../http/processes.js'
import { root } from '../http/rig.js'
import type { Peer } from './peers/peer.js'

const stateDir = join(root, '.gala/bench')
const room = 'spring-gala'
const access = 'dc-a.access-1'
/** More than one, because each may say only so much. */
const voices = 60
const tokenLifeS = 6 * 3_600

/** A data centre of real parts whose access, application and Redis have the core of the servers. */
export interface OurRoom {
  /** Access anew, so that each turn finds it as it finds its peers: with nobody connected and nothing in memory. */
  start(): Promise<Peer & { others: number[]; connectUrl: string }>
}

export async function startOurRoom(ending: Ending, say: (line: string) => void): Promise<OurRoom> {
  needTwoCores()
  // Whatever is started from here begins on the core of the load.
  pin(process.pid, loadCore)
  say('starting a data centre')
  const portBase = Number(process.env['GALA_PORT_BASE'] ?? (await freePorts()))
  await endOrphans(join(stateDir, 'run'))
  await rm(stateDir, { recursive: true, force: true })
  ending.add(() => rm(stateDir, { recursive: true, force: true }))
  // What is measured is not to be cut meanwhile.
  const envOf = { 'dc-a.base-1': { GALA_RULES: 'dry-run' } }
  const platform = new Platform({ root, stateDir, portBase, dcs: 1, sizes: { hot: 0 }, streams: [], envOf })
  const started = platform.start()
  ending.add(async () => {
    // What is still starting would not hear that it is to stop.
    await started.catch(() => {})
    await platform.stop()
  })
  ending.add(endAll)
  await started
  const voice = voicesOf(platform)
  return {
    start: async () => {
      const part = platform.part(access)
      await part.stop()
      await part.start()
      const parts = (await platform.status()).dcs[0]?.parts ?? []
      const pidOf = (kind: string) => parts.find((each) => each.kind === kind)?.pid ?? 0
      const pids = { access: pidOf('access'), application: pidOf('application'), redis: pidOf('redis') }
      for (const [kind, pid] of Object.entries(pids)) {
        if (pid === 0) throw new Error(`the data centre has no ${kind} that runs`)
        pin(pid, serverCore)
      }
      const { hostname, port } = new URL(part.spec.url)
      const base = `http://${hostname}:${port}/v1/rooms/${room}`
      return {
        host: hostname,
        port: Number(port),
        room,
        pid: pids.access,
        others: [pids.application, pids.redis],
        connectUrl: `${base}/connect`,
        publish: (text) => voice(`${base}/messages`, text),
        // It is stopped when it is started anew, or with the data centre.
        end: async () => {},
      }
    },
  }
}

/** Viewers who say something by turns. */
function voicesOf(platform: Platform): (url: string, text: string) => Promise<void> {
  const tokens = Array.from({ length: voices }, (_, i) => platform.mint('viewer', `voice-${i}`, undefined, tokenLifeS))
  let said = 0
  return async (url, text) => {
    const seq = said++
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens[seq % voices]}` }
    const body = JSON.stringify({ type: 'chat', text, clientId: `bench-voice-${seq % voices}`, seq })
    const answer = await fetch(url, { method: 'POST', headers, body })
    const why = await answer.text()
    if (!answer.ok) throw new Error(`nothing can be said: ${answer.status} ${why}`)
  }
}
