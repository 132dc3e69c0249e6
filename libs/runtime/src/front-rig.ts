import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { publicRoutes } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { SwitchBoard } from '@gala/resilience'
import { pino } from 'pino'
import { Gauge, Registry } from 'prom-client'
import type { AppContext } from './context.js'
import { withFront } from './front.js'
import { Health } from './health.js'
import { RequestCounts } from './request-counts.js'
import { Shedding } from './shedding.js'
import { Traffic } from './traffic.js'

/** The front of a process on a real server, before whatever a test puts in the place of the framework. */
export class FrontRig {
  readonly context: AppContext
  readonly shedding: Shedding
  readonly #servers: Server[] = []

  constructor() {
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['dependency'], registers: [new Registry()] })
    this.context = {
      clock: systemClock,
      log: pino({ level: 'silent' }),
      metrics: new Registry(),
      health: new Health(systemClock, gauge),
      config: { GALA_DC: 'dc-a', GALA_INSTANCE: 'dc-a.access-1' },
      reports: {},
      requests: new RequestCounts(new Registry()),
      traffic: new Traffic(systemClock),
      switches: new SwitchBoard(systemClock, 'dc-a'),
    } as unknown as AppContext
    this.shedding = new Shedding(this.context, true)
  }

  server(framework: RequestListener, internal: boolean): Server {
    const server = createServer(withFront(this.context, this.shedding, publicRoutes, internal, framework).listener)
    this.#servers.push(server)
    return server
  }

  /** Resolves to the address. */
  async serve(framework: RequestListener, internal: boolean): Promise<string> {
    const server = this.server(framework, internal)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async close() {
    await this.context.health.drain()
    for (const server of this.#servers) server.close().closeAllConnections()
  }
}
