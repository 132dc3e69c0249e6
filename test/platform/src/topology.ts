import { join } from 'node:path'
import {
  allPorts,
  mapPorts,
  outside,
  type Ports,
  portsOf,
  relayControlPort,
  relayedPort,
  witnessPort,
} from './layout.js'
import type { PartSpec } from './part.js'
import { edge } from './parts/edge.js'
import { kafka } from './parts/kafka.js'
import { Link, type LinkEnd } from './parts/link.js'
import { mariadb, mysqlUrl } from './parts/mariadb.js'
import { instanceName, nodeApp } from './parts/node-app.js'
import { redisParts, redisUrlOf, witnessRedis } from './parts/redis.js'
import { stream } from './parts/stream.js'
import { pipelineEnv, tracesEnv } from './pipeline-env.js'
import { at, formOf, readers, servers, type TopologyOptions } from './topology-options.js'

/** Every part of the platform, from one set of options. The only place that knows who talks to whom. */
export function layOut(options: TopologyOptions): PartSpec[] {
  const parts = options.dcIds.flatMap((dc, index) => dataCentre(options, dc, index))
  return hasWitness(options)
    ? [witnessRedis(witnessPort(options.portBase), join(options.stateDir, 'witness')), ...parts]
    : parts
}

/** Of two data centres neither is more than half; with an odd number somebody always is. */
const hasWitness = ({ dcIds }: TopologyOptions) => dcIds.length % 2 === 0

/** What is joined by links: every data centre, with all ports that are asked for there, and the witness. */
function ends(options: TopologyOptions): LinkEnd[] {
  const { dcIds, portBase, sizes } = options
  const all = dcIds.map((id, index) => ({ id, index, ports: allPorts(portsOf(portBase, index, sizes)) }))
  const witness = { id: 'witness', index: outside, ports: [witnessPort(portBase)] }
  return hasWitness(options) ? [...all, witness] : all
}

/** One link for every pair. @throws when a Redis tells its clients addresses of its own, which would lead past it. */
export function linksOf(options: TopologyOptions): Link[] {
  const { links, portBase, sizes, dcIds } = options
  if (!links) return []
  if (sizes.redis.some((form) => form !== 'single')) throw new Error('with links, every Redis has to be a single one')
  const all = ends(options)
  const passages = (from: LinkEnd, to: LinkEnd) =>
    to.ports.map((port) => ({ from: from.id, listen: relayedPort(portBase, from.index, to.index, port), port }))
  return all.flatMap((a, i) =>
    all.slice(i + 1).map(
      (b) =>
        new Link({
          between: [a.id, b.id],
          // What stands in no data centre asks nobody.
          passages: [...passages(a, b), ...(dcIds.includes(b.id) ? passages(b, a) : [])],
          controlPort: relayControlPort(portBase, a.index, b.index),
          entry: join(options.root, 'test/platform/dist/links/main.js'),
          delayMs: links.delayMs,
        }),
    ),
  )
}

/** Where a data centre reaches a port of another one. */
export function portSeenFrom({ links, portBase }: TopologyOptions, from: number, to: number, port: number): number {
  return links && from !== to ? relayedPort(portBase, from, to, port) : port
}

/** The ports of all data centres as one of them has to ask for them. */
function portsSeenFrom(options: TopologyOptions, index: number): Ports[] {
  const { dcIds, portBase, sizes } = options
  return dcIds.map((_, i) => mapPorts(portsOf(portBase, i, sizes), (port) => portSeenFrom(options, index, i, port)))
}

const edgePorts = ({ dcIds, portBase, sizes }: TopologyOptions) => dcIds.map((_, i) => portsOf(portBase, i, sizes).edge)

function dataCentre(options: TopologyOptions, dc: string, index: number): PartSpec[] {
  const { root, stateDir, memoryDir, secrets } = options
  const all = portsSeenFrom(options, index)
  const own = at(all, index)
  const others = all.filter((_, i) => i !== index)
  const dir = (name: string) => join(stateDir, dc, name)
  const edgeUrl = (port: number) => `http://127.0.0.1:${port}`
  return [
    mariadb({
      root,
      dc,
      index,
      port: own.mysql,
      dir: dir('mysql'),
      stateDir,
      secrets,
    }),
    ...redisParts({ dc, form: formOf(options, index), ports: own.redis, dir: dir('redis') }),
    ...(own.kafka.length > 0 ? [kafka({ root, name: `${dc}.kafka`, dc, ports: own.kafka, dir: dir('kafka') })] : []),
    edge({
      dc,
      port: own.edge,
      dir: dir('edge'),
      cacheDir: join(memoryDir, dc, 'edge'),
      templateFile: join(root, 'deploy/nginx/edge.conf.template'),
      accessPorts: own.access,
      otherAccessPorts: others.flatMap((ports) => ports.access),
      // Viewers ask these, and they are in no data centre.
      edgeUrls: edgePorts(options).map(edgeUrl),
      snapshotDir: dir('snapshots'),
      liveDir: dir('live'),
      viewerDir: join(root, 'apps/web/dist/viewer'),
    }),
    ...apps(options, dc, index, all),
    ...options.streams.map((eventId) => stream({ dc, eventId, liveDir: dir('live'), edgeUrl: edgeUrl(own.edge) })),
  ]
}

function apps(options: TopologyOptions, dc: string, index: number, all: Ports[]): PartSpec[] {
  const own = at(all, index)
  const envOf = { access: accessEnv, application: applicationEnv, base: baseEnv, pipeline: pipelineEnv }
  const part = (kind: keyof typeof envOf, ports: number[], pool: string = kind) =>
    ports.map((port, i) =>
      nodeApp({
        dc,
        kind,
        pool,
        index: i + 1,
        port,
        entry: join(options.root, 'apps', kind, 'dist/main.js'),
        env: {
          ...commonEnv(options, index, own),
          ...envOf[kind](options, dc, index, all),
          ...((kind === 'access' || kind === 'application') && controlFile(options, dc, instanceName(dc, pool, i + 1))),
          ...options.env,
          ...options.envOf[instanceName(dc, pool, i + 1)],
        },
      }),
    )
  return [
    ...part('access', own.access),
    ...part('application', own.application),
    ...part('application', own.hot, 'hot'),
    ...part('base', own.base),
    ...part('pipeline', own.pipeline),
  ]
}

const commonEnv = (options: TopologyOptions, index: number, own: Ports) => ({
  // Processes that are killed and rise again compile nothing twice.
  NODE_COMPILE_CACHE: join(options.stateDir, 'cache', 'compiled'),
  GALA_RELEASE: options.release,
  GALA_REDIS_URL: redisUrlOf(formOf(options, index), own.redis),
})

/** What a process starts with when nobody can be asked what operators have ordered. */
const controlFile = ({ stateDir }: TopologyOptions, dc: string, name: string) => ({
  GALA_CONTROL_FILE: join(stateDir, dc, 'control', `${name}.json`),
})

const httpUrls = (ports: readonly number[]) => ports.map((port) => `http://127.0.0.1:${port}`)

function accessEnv(options: TopologyOptions, dc: string, index: number, all: Ports[]) {
  const { stateDir, applicationVia, dcIds, secrets } = options
  const urls = all.map((ports, i) => applicationVia[at(dcIds, i)] ?? httpUrls(ports.application))
  return {
    GALA_APPLICATION_URLS: at(urls, index).join(','),
    GALA_APPLICATION_FALLBACK_URLS: urls
      .flatMap((of, i) => (i === index ? [] : of.map((url) => `${dcIds[i]}=${url}`)))
      .join(','),
    GALA_POOL_URLS: dcIds
      .flatMap((id, i) => at(all, i).hot.map((port) => `hot@${id}=http://127.0.0.1:${port}`))
      .join(','),
    ...tracesEnv(options, dc),
    GALA_SNAPSHOT_DIR: join(stateDir, dc, 'snapshots'),
    GALA_VIEWER_KEYS: `k1=${secrets.viewerKey}`,
    GALA_GUESTS: 'on',
    GALA_ROOM_URLS: edgePorts(options)
      .map((port, i) => ({ own: i === index, pair: `${dcIds[i]}=ws://127.0.0.1:${port}` }))
      .toSorted((a, b) => Number(b.own) - Number(a.own))
      .map(({ pair }) => pair)
      .join(','),
    // Here, all viewers are behind one address.
    GALA_ROOM_SOCKETS_PER_ADDRESS: '20000',
    GALA_ROOM_SOCKETS_PER_S: '2000',
  }
}

function applicationEnv(options: TopologyOptions, dc: string, index: number, all: Ports[]) {
  const { secrets } = options
  return {
    ...tracesEnv(options, dc),
    GALA_MYSQL_READER_URLS: readers(options, 'gala_app', secrets.mysql.app, index, all),
    GALA_MYSQL_DIALECT: 'mariadb',
    GALA_EDGE_URLS: edgePorts(options)
      .map((port, i) => `${options.dcIds[i]}=http://127.0.0.1:${port}`)
      .join(','),
    GALA_PEER_REDIS_URLS: otherRedis(options, index, all),
  }
}

const otherRedis = (options: TopologyOptions, index: number, all: Ports[]) =>
  options.dcIds
    .map((id, i) => `${id}=${redisUrlOf(formOf(options, i), at(all, i).redis)}`)
    .filter((_, i) => i !== index)
    .join(',')

function baseEnv(options: TopologyOptions, dc: string, index: number, all: Ports[]) {
  const { secrets, stateDir, root } = options
  return {
    ...tracesEnv(options, dc),
    GALA_CONTROL_REDIS_URLS: otherRedis(options, index, all),
    GALA_SAVINGS_FILE: join(root, '.gala/savings.json'),
    GALA_MYSQL_WRITER_URLS: servers(options, 'gala_base', secrets.mysql.base, all),
    GALA_MYSQL_KEEPER_URL: mysqlUrl('gala_keeper', secrets.mysql.keeper, at(all, index).mysql),
    GALA_MYSQL_REPLICATION_URLS: servers(options, 'gala_replication', secrets.mysql.replication, all, ''),
    ...(hasWitness(options) && {
      GALA_WITNESS_REDIS_URL: `redis://127.0.0.1:${portSeenFrom(options, index, outside, witnessPort(options.portBase))}`,
    }),
    GALA_MYSQL_READER_URLS: readers(options, 'gala_base', secrets.mysql.base, index, all),
    GALA_MYSQL_DIALECT: 'mariadb',
    GALA_TOPOLOGY_FILE: topologyFile(stateDir, dc),
    GALA_TOKEN_KEYS: `k1=${secrets.tokenKey}`,
    GALA_CONSOLE_DIR: join(root, 'apps/web/dist/console'),
  }
}

/** What base reads about all parts: each data centre's own file, for it may reach the others by addresses of its own. */
export const topologyFile = (stateDir: string, dc: string) => join(stateDir, dc, 'topology.json')

/** Environment of the process that brings the schema up to date and writes the demo events. */
export function migrateEnv(options: TopologyOptions): Record<string, string> {
  const all = portsSeenFrom(options, 0)
  const dc = at(options.dcIds, 0)
  return {
    PATH: process.env['PATH'] ?? '',
    GALA_DC: dc,
    GALA_INSTANCE: instanceName(dc, 'migrate', 1),
    GALA_PORT: '1',
    ...commonEnv(options, 0, at(all, 0)),
    ...baseEnv(options, dc, 0, all),
  }
}
