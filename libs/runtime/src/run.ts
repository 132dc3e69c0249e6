import 'reflect-metadata'
import { flushCompileCache } from 'node:module'
import type { Route } from '@gala/contracts'
import { type Clock, systemClock, tracedNow } from '@gala/kernel'
import { SwitchBoard } from '@gala/resilience'
import { type DynamicModule, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyInstance } from 'fastify'
import { type DestinationStream, type Logger, pino } from 'pino'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { ConfigError, type ConfigOf, type ConfigShape, type ConfigSpec, loadConfig } from './config.js'
import { APP_CONTEXT, type AppContext } from './context.js'
import { dropExpired } from './deadline.js'
import { withFront } from './front.js'
import { Health } from './health.js'
import { addOperationalRoutes, createAdapter } from './http.js'
import { gauged } from './metrics.js'
import { AnswerInterceptor, NestLogger, ProblemFilter, RoleGuard } from './nest.js'
import { RawFront } from './raw-front.js'
import { RequestCounts } from './request-counts.js'
import { Shedding } from './shedding.js'
import type { TokenKey } from './tokens.js'
import { addRequestSpans } from './traces/request-spans.js'
import { Traffic } from './traffic.js'
import { warmUp } from './warm-up.js'

export interface AppSpec<S extends ConfigShape> {
  app: string
  config: ConfigSpec<S>
  /** The routes this app answers: used for body limits and for 405 instead of 404. */
  routes: readonly Route[]
  module: (context: AppContext<S>) => DynamicModule
  tokenKeys?: (config: ConfigOf<S>) => readonly TokenKey[]
  /**
   * Of an app that sheds load: whether it does, whether only our own processes ask it, and whether plain requests for what is in
   * memory are answered before the HTTP server.
   */
  shedding?: (config: ConfigOf<S>) => { on: boolean; internal: boolean; raw?: boolean }
  /** Addresses to answer to itself before it is ready. */
  warmPaths?: (nest: NestFastifyApplication) => Promise<readonly string[]>
  /** How long it may take to stop, when that is longer than usual: milliseconds. */
  stopWithinMs?: (config: ConfigOf<S>) => number
  /** Routes that are made from a table instead of controllers. */
  register?: (server: FastifyInstance, nest: NestFastifyApplication) => void
}

/** EX_CONFIG of sysexits.h: whoever supervises us need not try again. */
const configExit = 78
/** How long a stopping process may take before it ends without further courtesy. */
const stopWithinMs = 7_000

/** Starts an app from the environment and stops it on SIGTERM or SIGINT. The whole of a main.ts. */
export async function run<S extends ConfigShape>(spec: AppSpec<S>): Promise<void> {
  const config = configOrExit(spec)
  const app = await startApp(spec, config).catch((error: Error) => {
    process.stderr.write(`gala ${spec.app}: cannot start: ${error.message}\n`)
    process.exit(error instanceof ConfigError ? configExit : 1)
  })
  let stopping = false
  const stop = (why: string, code: number) => {
    if (stopping) return
    stopping = true
    app.context.log.info({ why }, 'stopping')
    setTimeout(() => process.exit(1), Math.max(stopWithinMs, spec.stopWithinMs?.(config) ?? 0)).unref()
    app.close().then(
      () => process.exit(code),
      (err: unknown) => {
        app.context.log.error({ err }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM', 0))
  process.on('SIGINT', () => stop('SIGINT', 0))
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (err: unknown) => {
      app.context.log.fatal({ err }, fault)
      stop(fault, 1)
    })
  }
}

/** Runs something once with an app's configuration, then ends the process: 0, or 1 with the reason on stderr. */
export async function runTask<S extends ConfigShape>(
  spec: Pick<AppSpec<S>, 'app' | 'config'>,
  task: (config: ConfigOf<S>, clock: Clock) => Promise<string>,
): Promise<void> {
  const config = configOrExit(spec)
  try {
    process.stdout.write(`${await task(config, systemClock)}\n`)
  } catch (error) {
    process.stderr.write(`gala ${spec.app}: ${(error as Error).stack}\n`)
    process.exitCode = 1
  }
}

function configOrExit<S extends ConfigShape>(spec: Pick<AppSpec<S>, 'app' | 'config'>): ConfigOf<S> {
  try {
    return loadConfig(spec.config, process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`gala ${spec.app}: ${error.message}\n`)
    // EX_CONFIG of sysexits(3): a supervisor can tell a refused configuration from a crash.
    process.exit(configExit)
  }
}

export interface RunningApp<S extends ConfigShape> {
  context: AppContext<S>
  url: string
  close(): Promise<void>
}

/** Starts an app in this process; tests use it with a clock and a log of their own. */
export async function startApp<S extends ConfigShape>(
  spec: AppSpec<S>,
  config: ConfigOf<S>,
  own: { clock?: Clock; logTo?: DestinationStream } = {},
): Promise<RunningApp<S>> {
  const context = createContext(spec, config, own.clock ?? systemClock, own.logTo)
  const door = spec.shedding?.(config)
  const shedding = door && new Shedding(context, door.on)
  context.shedding = shedding
  const adapter = createAdapter(spec.routes, (framework, server) => {
    if (!shedding) return void server.on('request', framework)
    const { listener, hit, texts } = withFront(context, shedding, spec.routes, door.internal, framework)
    server.on('request', listener)
    if (!door.raw) return
    const raw = new RawFront(texts, hit)
    raw.guard(server)
    context.health.onDrain(() => raw.drain())
    const help = 'Connections answered before the HTTP server so far'
    gauged(context.metrics, 'gala_raw_connections', help, () => raw.connections)
  })
  const nest = await NestFactory.create<NestFastifyApplication>(rootModule(spec, context), adapter, {
    logger: new NestLogger(context.log),
    bodyParser: false,
    abortOnError: false,
  })
  const server = adapter.getInstance() as unknown as FastifyInstance
  // First of all: whatever asks for the trace of a request gets the one that is recorded.
  if (context.traces) addRequestSpans(server, context.traces, spec.routes)
  addOperationalRoutes(server, context)
  if (shedding?.on) dropExpired(server, context.clock, () => shedding.expired++)
  nest.useGlobalGuards(new RoleGuard(spec.tokenKeys?.(config) ?? []))
  nest.useGlobalInterceptors(new AnswerInterceptor())
  nest.useGlobalFilters(new ProblemFilter(context, spec.routes))
  spec.register?.(server, nest)
  await nest.listen(config.GALA_PORT, config.GALA_HOST)
  const warm = spec.warmPaths?.(nest).then((paths) => warmUp(server, context, paths))
  if (warm) context.health.startsAfter(warm)
  context.health.markStarted()
  const url = `http://${config.GALA_HOST}:${config.GALA_PORT}`
  context.log.info({ url, release: config.GALA_RELEASE }, 'listening')
  // With NODE_COMPILE_CACHE: now, because whoever is killed leaves nothing by which the next one starts faster.
  flushCompileCache()
  return {
    context,
    url,
    close: async () => {
      await context.health.drain()
      await nest.close()
      await context.traces?.close()
    },
  }
}

function rootModule<S extends ConfigShape>(spec: AppSpec<S>, context: AppContext<S>): DynamicModule {
  @Module({})
  class Context {}
  @Module({})
  class Root {}
  const provided = { provide: APP_CONTEXT, useValue: context }
  return {
    module: Root,
    imports: [{ module: Context, global: true, providers: [provided], exports: [provided] }, spec.module(context)],
  }
}

function createContext<S extends ConfigShape>(
  spec: AppSpec<S>,
  config: ConfigOf<S>,
  clock: Clock,
  logTo?: DestinationStream,
): AppContext<S> {
  const metrics = new Registry()
  metrics.setDefaultLabels({ app: spec.app, dc: config.GALA_DC, instance: config.GALA_INSTANCE })
  // Its own look at the event loop wakes the process: what it is too late by is told by the door, more closely.
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: 1_000 })
  const up = new Gauge({
    name: 'gala_dependency_up',
    help: '1 while the dependency answers its probe',
    labelNames: ['dependency'],
    registers: [metrics],
  })
  return {
    app: spec.app,
    config,
    clock,
    log: createLog(spec.app, config, logTo),
    metrics,
    health: new Health(clock, up),
    reports: {},
    requests: new RequestCounts(metrics),
    traffic: new Traffic(clock),
    switches: new SwitchBoard(clock, config.GALA_DC),
    shedding: undefined,
    traces: undefined,
    refusalListeners: [],
  }
}

function createLog(app: string, config: ConfigOf, to?: DestinationStream): Logger {
  const options = {
    level: config.GALA_LOG_LEVEL,
    base: { app, dc: config.GALA_DC, instance: config.GALA_INSTANCE },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => {
      const traceId = tracedNow()
      return traceId === undefined ? {} : { traceId }
    },
    redact: ['authorization', '*.authorization', '*.password', '*.token'],
  }
  return to ? pino(options, to) : pino(options)
}
