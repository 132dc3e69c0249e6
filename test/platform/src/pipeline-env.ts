import { join } from 'node:path'
import type { Ports } from './layout.js'
import { kafkaUrlOf } from './parts/kafka.js'
import { redisUrlOf } from './parts/redis.js'
import { at, formOf, readers, servers, type TopologyOptions } from './topology-options.js'

/** Where processes leave lines for the pipeline, and what forces a trace. */
export const tracesEnv = ({ stateDir, secrets }: TopologyOptions, dc: string) => ({
  GALA_SPOOL_DIR: spoolDir(stateDir, dc),
  GALA_TRACE_KEY: secrets.traceKey,
})

export function pipelineEnv(options: TopologyOptions, dc: string, index: number, all: Ports[]) {
  const { secrets, stateDir } = options
  return {
    GALA_MYSQL_WRITER_URLS: servers(options, 'gala_base', secrets.mysql.base, all),
    GALA_MYSQL_READER_URLS: readers(options, 'gala_base', secrets.mysql.base, index, all),
    GALA_MYSQL_DIALECT: 'mariadb',
    GALA_EVENT_LOG_URL: eventLogUrl(options, index, at(all, index)),
    GALA_EDGE_LOG_FILE: join(stateDir, dc, 'edge', 'access.log'),
    GALA_EDGE_PID_FILE: join(stateDir, dc, 'edge', 'nginx.pid'),
    GALA_SPOOL_DIR: spoolDir(stateDir, dc),
    GALA_PIPELINE_DIR: join(stateDir, dc, 'pipeline'),
    GALA_LAKE_DIR: join(stateDir, dc, 'lake'),
    GALA_LAKE_PEER_DIRS: options.dcIds
      .filter((id) => id !== dc)
      .map((id) => join(stateDir, id, 'lake'))
      .join(','),
  }
}

/** Of the own data centre: a log is not read from elsewhere. */
const eventLogUrl = (options: TopologyOptions, index: number, { kafka: ports, redis }: Ports) =>
  ports.length > 0 ? kafkaUrlOf(ports) : redisUrlOf(formOf(options, index), redis)
/** Where the processes of a data centre leave lines for its pipeline. */
const spoolDir = (stateDir: string, dc: string) => join(stateDir, dc, 'spool')
