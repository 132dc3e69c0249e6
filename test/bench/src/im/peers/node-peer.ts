import { join } from 'node:path'
import { serverCore, spawnOn } from '../../http/processes.js'
import type { Peer } from './peer.js'

/** The program beside this file, on the Node this runs on. */
export async function startNodePeer(kind: 'ws' | 'socket.io'): Promise<Peer> {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production' }
  const child = spawnOn(serverCore, process.execPath, [join(import.meta.dirname, 'server.js'), kind], env)
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())))
    child.once('exit', (code) => reject(new Error(`${kind} ended with ${code} instead of starting`)))
  })
  return {
    host: '127.0.0.1',
    port,
    room: 'room',
    pid: child.pid ?? 0,
    publish: async (text) => void child.stdin.write(`${text}\n`),
    end: async () => {
      const gone = new Promise((done) => child.once('exit', done))
      child.kill('SIGKILL')
      await gone
    },
  }
}
