import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topologySchema } from '@gala/contracts'
import { program } from '@gala/platform'
import { render } from './kustomize.js'
import { ofKind } from './objects.js'
import { ran } from './programs.js'
import { at, branch, textAt } from './tree.js'

/** What an overlay's edge would be told, rendered by the script its pods run and read by nginx itself. */
export function edgeComplaints(dir: string, overlay: string): string[] {
  const map = ofKind(render(join(dir, 'k8s', overlay)), 'ConfigMap').find(
    ({ object }) => textAt(object, 'metadata.name') === 'edge',
  )
  const env = Object.fromEntries(
    Object.entries(branch(at(map?.object, 'data'))).map(([key, value]) => [key, String(value)]),
  )
  const here = mkdtempSync(join(tmpdir(), 'gala-edge-'))
  try {
    mkdirSync(join(here, 'tmp'))
    // nginx looks names up and opens its folders even when it only reads: these are the ones a cluster would have.
    const servers = Object.entries(env)
      .filter(([key]) => key.endsWith('ACCESS_SERVERS'))
      .map(([key, value]) => [key, value.replace(/server [^:;\s]+:/g, 'server 127.0.0.1:')])
    const local = {
      ...env,
      EDGE_DIR: here,
      EDGE_CACHE_DIR: join(here, 'cache'),
      EDGE_HOST: '127.0.0.1',
      ...Object.fromEntries(servers),
    }
    const made = ran('sh', [join(dir, 'nginx/render.sh'), 'EDGE', join(dir, 'nginx/edge.conf.template')], local)
    if (made.status !== 0) return [`edge of ${overlay}: ${made.stderr.trim()}`]
    const file = join(here, 'edge.conf')
    writeFileSync(file, made.stdout)
    const { status, stderr } = ran(program('nginx'), ['-t', '-p', here, '-e', join(here, 'error.log'), '-c', file])
    return status === 0
      ? []
      : stderr
          .split('\n')
          .filter((line) => line.includes('[emerg]'))
          .map((line) => `edge of ${overlay}: ${line}`)
  } finally {
    rmSync(here, { recursive: true, force: true })
  }
}

/** What base would be told of the parts there are. */
export function topologyComplaints(dir: string, template: string): string[] {
  const env = { TOPOLOGY_REDIS_PASSWORD: 'secret', TOPOLOGY_MYSQL_APP_PASSWORD: 'secret' }
  const made = ran('sh', [join(dir, 'nginx/render.sh'), 'TOPOLOGY', join(dir, template)], env)
  if (made.status !== 0) return [`${template}: ${made.stderr.trim()}`]
  try {
    const { error } = topologySchema.safeParse(JSON.parse(made.stdout))
    return (error?.issues ?? []).map(({ path, message }) => `${template}: ${path.join('.')}: ${message}`)
  } catch (error) {
    return [`${template}: ${(error as Error).message}`]
  }
}
