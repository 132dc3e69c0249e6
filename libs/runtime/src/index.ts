export { Answer, type AnswerFacts } from './answer.js'
export { openBreakers } from './breaker-report.js'
export { busHeard } from './bus-gate.js'
export { ageHistogram, reportCache } from './cache-report.js'
export {
  ConfigError,
  type ConfigOf,
  type ConfigShape,
  type ConfigSpec,
  commonConfig,
  controlFile,
  defineConfig,
  httpUrl,
  list,
  loadConfig,
  mysqlUrl,
  pairs,
  redisUrl,
  shedding,
  warmPaths,
} from './config.js'
export { APP_CONTEXT, type AppContext, type Refusal } from './context.js'
export { Actor, ContractRoute, FromViewer, Input, type RequestActor, RequireRole } from './contract-route.js'
export { type ControlFollower, followControl } from './control.js'
export { leftMs } from './deadline.js'
export type { Copies, Door, Left, LetIn, Ready } from './door.js'
export { endOfSecond } from './edge.js'
export type { Dependency, Health } from './health.js'
export { noRoute } from './http.js'
export { type KeyedRequest, keyedRequestOf } from './keyed-request.js'
export { reportLimits } from './limit-report.js'
export { collected, gauged } from './metrics.js'
export { type Asked, named } from './named-header.js'
export type { OperatorRequest } from './nest.js'
export { retryAfterS, sendProblem, toAppError } from './problem.js'
export { headOf } from './ready-text.js'
export { RouteTable } from './route-table.js'
export { type AppSpec, type RunningApp, run, runTask, startApp } from './run.js'
export { type TokenKey, tokenKey } from './tokens.js'
export { quickTraceOf, type Trace, traceOf } from './trace.js'
export { forceToken } from './traces/force-token.js'
export { openTraces } from './traces/open-traces.js'
export { traceConfig } from './traces/trace-config.js'
export type { Traces } from './traces/traces.js'
export { HotPaths } from './warm-up.js'
