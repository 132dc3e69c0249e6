import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Rendered, render } from './kustomize.js'
import { ofKind } from './objects.js'
import { settingsOf } from './stores.js'
import { textAt } from './tree.js'

const share = z.number().gt(0).lte(1)
const amount = z.number().positive()

const sizingSchema = z.strictObject({
  askedPerS: amount,
  edgeHitShares: z.array(share),
  sizedByEdgeHitShare: share,
  busyMax: share,
  zones: z.int().min(2),
  cpuUs: z.strictObject({
    edgeHit: amount,
    edgeMiss: amount,
    accessCopy: amount,
    answer: amount,
    redisCommand: amount,
  }),
  accessPartOfAnswer: share,
  copiesOfReadsAtAccess: share,
  likesOfMisses: share,
  redisCommandsPerRead: amount,
  redisCommandsPerLike: amount,
  cacheReadsPerAnswer: amount,
  hotKeys: amount,
  loadsPerKeyProcessAndS: amount,
  secondsBetweenRequestsOfAViewer: amount,
  bytesPerAnswer: amount,
  coresPerEdgePod: amount,
  mysqlConnectionsPerPool: amount,
  redisConnectionsPerProcess: amount,
})
type Sizing = z.output<typeof sizingSchema>

export const sizingOf = (dir: string): Sizing =>
  sizingSchema.parse(JSON.parse(readFileSync(join(dir, 'sizing.json'), 'utf8')))

/** What one data centre that is left alone has to do and to have, when the edge answers this share by itself. */
export function sumOf(sizing: Sizing, edgeHitShare: number) {
  const { askedPerS, cpuUs, busyMax, zones } = sizing
  const missesPerS = askedPerS * (1 - edgeHitShare)
  const likesPerS = missesPerS * sizing.likesOfMisses
  const readsPerS = missesPerS - likesPerS
  const copiesPerS = readsPerS * sizing.copiesOfReadsAtAccess
  const anewPerS = missesPerS - copiesPerS
  const cores = {
    edge: (askedPerS * edgeHitShare * cpuUs.edgeHit + missesPerS * cpuUs.edgeMiss) / 1e6,
    access: (copiesPerS * cpuUs.accessCopy + anewPerS * cpuUs.answer * sizing.accessPartOfAnswer) / 1e6,
    application: (anewPerS * cpuUs.answer * (1 - sizing.accessPartOfAnswer)) / 1e6,
  }
  // A zone may be gone as well, and the others carry its part.
  const pods = (needed: number, coresPerPod: number) =>
    Math.max(zones, Math.ceil(((needed / busyMax / coresPerPod) * zones) / (zones - 1) - 1e-9))
  const application = pods(cores.application, 1)
  const cacheReadsPerS = readsPerS + (readsPerS - copiesPerS) * sizing.cacheReadsPerAnswer
  const redisPerS = cacheReadsPerS * sizing.redisCommandsPerRead + likesPerS * sizing.redisCommandsPerLike
  return {
    missesPerS,
    copiesPerS,
    anewPerS,
    likesPerS,
    cores,
    pods: { edge: pods(cores.edge, sizing.coresPerEdgePod), access: pods(cores.access, 1), application },
    redisPerS,
    redisCores: (redisPerS * cpuUs.redisCommand) / 1e6,
    // With Redis gone every process of both pools loads for itself.
    loadsPerS: sizing.hotKeys * sizing.loadsPerKeyProcessAndS * 2 * application,
  }
}

const count = (value: number) => Math.round(value).toLocaleString('en-US')
const fine = (value: number) => value.toFixed(1)

/** The table of deploy/README.md, and with ten times as many requests that of docs/capacity.md. */
export function sizingTable(sizing: Sizing): string {
  const sums = sizing.edgeHitShares.map((edgeHitShare) => sumOf(sizing, edgeHitShare))
  type Sum = (typeof sums)[number]
  const row = (what: string, cell: (sum: Sum) => string) => `| ${what} | ${sums.map(cell).join(' | ')} |`
  return [
    `| edge answers by itself | ${sizing.edgeHitShares.map((part) => `${Math.round(part * 100)} %`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(sums.length)}`,
    row('requests/s past the edge', (sum) => count(sum.missesPerS)),
    row('… of them from a copy in access', (sum) => count(sum.copiesPerS)),
    row('… of them made anew, likes among them', (sum) => count(sum.anewPerS)),
    row('… likes', (sum) => count(sum.likesPerS)),
    row('busy cores: edge', (sum) => fine(sum.cores.edge)),
    row('busy cores: access', (sum) => fine(sum.cores.access)),
    row('busy cores: application', (sum) => fine(sum.cores.application)),
    row(`pods of ${sizing.coresPerEdgePod} cores: edge`, (sum) => String(sum.pods.edge)),
    row('pods of 1 core: access', (sum) => String(sum.pods.access)),
    row('pods of 1 core: application, and `hot` the same', (sum) => String(sum.pods.application)),
    row('Redis commands/s', (sum) => count(sum.redisPerS)),
    row('… cores of one master', (sum) => sum.redisCores.toFixed(2)),
    row('MySQL loads/s, at most, with Redis gone', (sum) => count(sum.loadsPerS)),
  ].join('\n')
}

/** Where the overlay of the night, the settings of the stores or the page say something else than the sum. */
export function sizingComplaints(dir: string): string[] {
  const sizing = sizingOf(dir)
  const sum = sumOf(sizing, sizing.sizedByEdgeHitShare)
  const page = readFileSync(join(dir, 'README.md'), 'utf8')
  const faults = page.includes(sizingTable(sizing)) ? [] : [`README.md: the table has to be\n${sizingTable(sizing)}`]
  for (const dc of ['dc-a', 'dc-b']) faults.push(...overlayFaults(dir, dc, sum.pods))
  const night = render(join(dir, 'k8s/gala/dc-a'))
  const most = (name: string) => Number(textOf(night, 'HorizontalPodAutoscaler', name, 'spec.maxReplicas'))
  const fixed = (name: string) => Number(textOf(night, 'Deployment', name, 'spec.replicas'))
  const applications = most('application') + fixed('application-hot')
  // Both data centres ask each server: application to read, base to read, to write and to look after it.
  const mysql = 2 * (applications + 3 * fixed('base')) * sizing.mysqlConnectionsPerPool
  for (const file of ['mariadb.cnf', 'mysql.cnf']) {
    const max = Number(settingsOf(dir, file).get('max_connections'))
    if (max < mysql / 0.8) faults.push(`${file}: max_connections ${max} is too few for ${mysql} and a quarter more`)
  }
  const redis = (2 * applications + most('access') + 2 * fixed('base')) * sizing.redisConnectionsPerProcess
  const clients = Number(/^maxclients (\d+)$/m.exec(readFileSync(join(dir, 'redis/redis.conf'), 'utf8'))?.[1])
  if (clients < redis / 0.8) faults.push(`redis.conf: maxclients ${clients} is too few for ${redis} and a quarter more`)
  const viewers = sizing.askedPerS * sizing.secondsBetweenRequestsOfAViewer
  const held = sum.pods.edge * 2 * Number(textOf(night, 'ConfigMap', 'edge', 'data.EDGE_CONNECTIONS'))
  if (held * sizing.busyMax < viewers) faults.push(`edge: ${held} connections are too few for ${viewers} viewers`)
  return faults
}

function overlayFaults(dir: string, dc: string, pods: Record<'edge' | 'access' | 'application', number>): string[] {
  const night = render(join(dir, 'k8s/gala', dc))
  const wanted = [
    ['Deployment', 'edge', 'spec.replicas', pods.edge],
    ['Deployment', 'application-hot', 'spec.replicas', pods.application],
    ['HorizontalPodAutoscaler', 'access', 'spec.minReplicas', pods.access],
    ['HorizontalPodAutoscaler', 'access', 'spec.maxReplicas', 2 * pods.access],
    ['HorizontalPodAutoscaler', 'application', 'spec.minReplicas', pods.application],
    ['HorizontalPodAutoscaler', 'application', 'spec.maxReplicas', 2 * pods.application],
  ] as const
  return wanted.flatMap(([kind, name, path, number]) => {
    const said = textOf(night, kind, name, path)
    return said === String(number)
      ? []
      : [`gala/${dc}: ${kind} ${name}: ${path} is ${said || 'not said'}, and the sum is ${number}`]
  })
}

const textOf = (all: readonly Rendered[], kind: string, name: string, path: string) =>
  textAt(ofKind(all, kind).find(({ object }) => textAt(object, 'metadata.name') === name)?.object, path)
