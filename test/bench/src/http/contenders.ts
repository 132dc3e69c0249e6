import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listening, program, until } from '@gala/platform'
import { startAccess } from './access.js'
import { ask, differences, pairsOf } from './document.js'
import { cachingConf, returningConf } from './nginx.js'
import type { ContenderName } from './options.js'
import { serverCore, spawnOn } from './processes.js'
import type { Rig } from './rig.js'

/** A server that answers the document, alone on its core while it is asked. */
export interface Contender {
  name: ContenderName
  title: string
  url: string
  /** Everything whose work is its work. */
  pids: number[]
  /** Whether it is somebody else's. */
  peer: boolean
}

const titles: Record<ContenderName, string> = {
  node: 'node:http, bytes ready',
  fastify: 'Fastify, bytes ready',
  'nest-fastify': 'Nest + Fastify, bytes ready',
  'nest-express': 'Nest + Express + cache-manager',
  'nginx-return': 'nginx return',
  'nginx-cache': 'nginx proxy_cache',
  ours: 'Gala access, everything on',
  'ours-raw': 'Gala access, raw front',
  edge: 'Gala edge',
}

const ours = new Set<ContenderName>(['ours', 'ours-raw', 'edge'])

/** Starts those that are not part of the data centre, and holds every answer against the document. */
export async function startContenders(names: readonly ContenderName[], rig: Rig): Promise<Contender[]> {
  const contenders: Contender[] = []
  for (const name of names) {
    const { port, pid } = await start(name, rig)
    const url = `http://127.0.0.1:${port}${rig.document.path}`
    await checkAnswer(name, url, rig)
    contenders.push({ name, title: titles[name], url, pids: [pid], peer: !ours.has(name) })
  }
  return contenders
}

function start(name: ContenderName, rig: Rig): Promise<{ port: number; pid: number }> | { port: number; pid: number } {
  if (name === 'ours') return { port: Number(new URL(rig.accessUrl).port), pid: rig.accessPid }
  if (name === 'ours-raw') return rawAccess(rig)
  if (name === 'edge') return { port: Number(new URL(rig.edgeUrl).port), pid: rig.edgePid }
  if (name === 'nginx-return') return nginx(name, rig, (dir, port) => returningConf(dir, port, rig.document))
  if (name === 'nginx-cache') return cachingNginx(name, rig)
  return nodeServer(name, rig)
}

/** The same process once more, with everything on and the raw front as well. */
async function rawAccess(rig: Rig) {
  const heads = new Map(pairsOf(rig.document.headers))
  const instance = heads.get('x-gala-served-by') ?? ''
  const access = await startAccess(rig, { instance, applicationUrl: rig.applicationUrl, GALA_RAW_FRONT: 'on' })
  const hot = async () =>
    pairsOf((await ask(access.url + rig.document.path)).headers).some(([, value]) => value === 'hit')
  await until(hot, 'the raw front has nothing in memory', 10_000)
  return access
}

async function cachingNginx(name: ContenderName, rig: Rig) {
  const origin = await nodeServer('node', rig)
  return nginx(name, rig, (dir, port) => cachingConf(dir, port, origin.port))
}

async function nginx(name: string, rig: Rig, conf: (dir: string, port: number) => string) {
  const dir = join(rig.dir, name)
  const port = rig.nextPort()
  mkdirSync(dir)
  writeFileSync(join(dir, 'nginx.conf'), conf(dir, port))
  const args = ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')]
  const child = spawnOn(serverCore, program('nginx'), args)
  await until(() => listening(port), `${name} does not start`, 10_000)
  return { port, pid: child.pid ?? 0 }
}

/** The program beside this file, on the Node this runs on. */
async function nodeServer(kind: string, rig: Rig) {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production' }
  const child = spawnOn(serverCore, process.execPath, [join(import.meta.dirname, 'server.js'), kind], env)
  child.stdin.write(`${JSON.stringify(rig.document)}\n`)
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())))
    child.once('exit', (code) => reject(new Error(`${kind} ended with ${code} instead of starting`)))
  })
  return { port, pid: child.pid ?? 0 }
}

/** The edge answers with more heads than access, and takes one for itself; everybody else with the same bytes. */
async function checkAnswer(name: ContenderName, url: string, { document }: Rig) {
  const answer = await ask(url)
  const wrong =
    name === 'edge'
      ? [answer.status !== document.status && 'status', answer.body !== document.body && 'body'].filter(Boolean)
      : differences(document, answer)
  if (wrong.length > 0) throw new Error(`${name} answers differently: ${wrong.join('; ')}`)
}
