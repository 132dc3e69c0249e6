import { afterAll, describe, expect, it } from '@jest/globals'
import { composeComplaints } from './compose.js'
import { Copy, deployDir } from './copies.js'
import { dockerfileComplaints } from './dockerfile.js'
import { edgeComplaints, topologyComplaints } from './edge.js'
import { kafkaComplaints } from './kafka.js'
import { has } from './programs.js'
import { mariadbSays, mysqlComplaints, redisComplaints, redisSays } from './stores.js'

const withNginx = has('nginx') ? it : it.skip
const withMariadb = has('mariadbd', 'mysqld') ? it : it.skip
const withRedis = has('redis-server') ? it : it.skip
const topologies = ['k8s/topology.json.template', 'compose.topology.json.template']
const redisFiles = ['redis.conf', 'cluster.conf', 'sentinel.conf', 'witness.conf']

describe('the settings', () => {
  it('finds nothing wrong with the compose file', async () => {
    expect(await composeComplaints(deployDir)).toEqual([])
  })
  it('finds nothing wrong with the images', () => {
    expect(dockerfileComplaints(deployDir)).toEqual([])
  })
  it.each(topologies)('finds nothing wrong with %s', (template) => {
    expect(topologyComplaints(deployDir, template)).toEqual([])
  })
  it('finds nothing wrong with the stores', () => {
    const told = [...mysqlComplaints(deployDir), ...redisComplaints(deployDir), ...kafkaComplaints(deployDir)]
    expect(told).toEqual([])
  })
  withNginx.each(['dc-a', 'gala/dc-b'])('has an edge in %s that nginx can read', (overlay) => {
    expect(edgeComplaints(deployDir, overlay)).toEqual([])
  })
  withMariadb('has settings MariaDB can read', () => {
    expect(mariadbSays(deployDir)).toEqual([])
  })
  withRedis.each(redisFiles)('has a %s that Redis can read', (file) => {
    expect(redisSays(deployDir, file)).toEqual([])
  })
})

describe('a mistake in the settings', () => {
  const copy = new Copy()
  afterAll(() => copy.remove())

  it.each([
    [
      'a misspelt key',
      'healthcheck:\n    test: [CMD, curl',
      'healthchek:\n    test: [CMD, curl',
      /additional properties.*healthchek/,
    ],
    ['broken YAML', 'services:', 'services: [', /compose\.yml: /],
    [
      'no health check',
      'healthcheck:\n    test: [CMD, curl',
      'x-healthcheck:\n    test: [CMD, curl',
      /edge-a: has no health check/,
    ],
    ['an image without a version', 'redis:7.0.15', 'redis:7', /redis-a: the image redis:7 is not pinned/],
    ['a port for everybody', '127.0.0.1:7110:8080', '7110:8080', /edge-a: port 7110:8080 is not on loopback/],
    [
      'a password',
      '$' + '{MYSQL_APP_PASSWORD}@mysql-a',
      'hunter2@mysql-a',
      /the password of gala_app stands in the file/,
    ],
    [
      'a variable the example lacks',
      '$' + '{MYSQL_KEEPER_PASSWORD}@mysql-a',
      '$' + '{KEEPER}@mysql-a',
      /names KEEPER, which .env.example has not/,
    ],
    [
      'an unknown key of an app',
      'GALA_POOL_URLS',
      'GALA_POOLS_URLS',
      /access-a: GALA_POOLS_URLS: there is no such key/,
    ],
    [
      'a missing key of an app',
      '      GALA_CONSOLE_DIR: /srv/gala/apps/web/dist/console\n',
      '',
      /base-a: GALA_CONSOLE_DIR: is missing/,
    ],
    [
      'a host that is no service',
      'http://application-a:8080',
      'http://aplication-a:8080',
      /names the host aplication-a, which is no service/,
    ],
    [
      'a wait for nobody',
      'depends_on: { migrate:',
      'depends_on: { migration:',
      /base-a: waits for migration, which is not there/,
    ],
    [
      'a volume nobody declares',
      'volumes: ["snapshots-a:',
      'volumes: ["snapshot-a:',
      /mounts snapshot-a, which is no volume/,
    ],
  ])('%s in the compose file is told', async (_, from, to, complaint) => {
    expect((await copy.broken('compose.yml', from, to, composeComplaints)).join('\n')).toMatch(complaint)
  })

  it.each([
    [
      'another Node',
      'node:26.10.0-bookworm-slim AS apps',
      'node:24.1.0-bookworm-slim AS apps',
      /apps: node:24.1.0-bookworm-slim is not Node 26/,
    ],
    ['no version', 'nginx:1.28.0', 'nginx', /edge: the image nginx is not pinned/],
    ['root', 'USER 10001:10001', '', /apps: runs as root/],
    ['a stage that is not there', '--from=build', '--from=builder', /COPY: there is no stage builder/],
    [
      'a file that is not there',
      'deploy/nginx/render.sh',
      'deploy/nginx/rendr.sh',
      /COPY: there is no deploy\/nginx\/rendr.sh/,
    ],
    ['a misspelt instruction', 'EXPOSE', 'EXPOS', /EXPOS: is no instruction/],
  ])('%s in the Dockerfile is told', async (_, from, to, complaint) => {
    expect((await copy.broken('Dockerfile', from, to, dockerfileComplaints)).join('\n')).toMatch(complaint)
  })

  it.each([
    ['k8s/topology.json.template', '"kind": "edge"', '"kind": "gateway"', /dcs\.0\.parts\.0\.kind/],
    [
      'compose.topology.json.template',
      '@REDIS_PASSWORD@',
      '@REDIS_SECRET@',
      /asks for TOPOLOGY_REDIS_SECRET, which nobody sets/,
    ],
  ])('one in %s is told', async (file, from, to, complaint) => {
    expect((await copy.broken(file, from, to, (dir) => topologyComplaints(dir, file))).join('\n')).toMatch(complaint)
  })

  withNginx.each([
    [
      'nginx/edge.conf.template',
      'proxy_next_upstream_tries',
      'proxy_next_upstream_trys',
      /unknown directive "proxy_next_upstream_trys"/,
    ],
    ['nginx/edge.conf.template', '@SNAPSHOT_DIR@', '@SNAPSHOTS@', /asks for EDGE_SNAPSHOTS, which nobody sets/],
    ['k8s/dc-a/kustomization.yaml', 'fail_timeout=1s;', 'fail_timeout=1x;', /invalid parameter "fail_timeout=1x"/],
  ])('one in %s is told by nginx or before it', async (file, from, to, complaint) => {
    expect((await copy.broken(file, from, to, (dir) => edgeComplaints(dir, 'dc-a'))).join('\n')).toMatch(complaint)
  })

  it.each([
    ['mysql/mariadb.cnf', 'read_only = ON', 'read_only = OFF', /mariadb.cnf: read_only has to be ON/],
    [
      'mysql/mysql.cnf',
      'gtid_mode = ON',
      'gtid_mod = ON',
      /mysql.cnf: gtid_mode has to be ON\nmysql.cnf: gtid_mod: not a setting known here/,
    ],
    ['redis/redis.conf', 'noeviction', 'allkeys-lru', /redis.conf: evicts what must not be lost/],
    ['redis/witness.conf', 'maxmemory 64mb', 'maxmemory 0', /witness.conf: memory without an end/],
    ['kafka/broker.properties', 'min.insync.replicas=2', 'min.insync.replica=2', /min.insync.replicas has to be 2/],
    ['kafka/broker.properties', '=1048588', '=524288', /message.max.bytes is less than a run/],
    ['kafka/mm2.properties', 'topics=gala', 'topics=.*gala', /mm2.properties: copies its own copies/],
    ['kafka/topics.sh', 'requests beacons', 'request beacons', /topics.sh: does not make gala.requests/],
    ['kafka/topics.sh', 'retention.ms=-1', 'retention.ms=1000', /gala.spans is made without retention.ms=-1/],
    ['redis/redis.conf', 'tcp-backlog', 'requirepass hunter2\ntcp-backlog', /redis.conf: a secret stands in the file/],
  ])('one in %s is told', async (file, from, to, complaint) => {
    const told = await copy.broken(file, from, to, (dir) => [
      ...mysqlComplaints(dir),
      ...redisComplaints(dir),
      ...kafkaComplaints(dir),
    ])
    expect(told.join('\n')).toMatch(complaint)
  })

  withMariadb('one in mariadb.cnf is told by MariaDB', async () => {
    const told = await copy.broken('mysql/mariadb.cnf', 'slave_parallel_mode', 'slave_paralel_mode', mariadbSays)
    expect(told.join('\n')).toMatch(/unknown variable 'slave_paralel_mode/)
  })
  withRedis('one in cluster.conf is told by Redis', async () => {
    const told = await copy.broken('redis/cluster.conf', 'cluster-node-timeout', 'cluster-node-timout', (dir) =>
      redisSays(dir, 'cluster.conf'),
    )
    expect(told.join('\n')).toMatch(/cluster-node-timout/)
  })
})
