import { headers, internalHeaders, type Route } from '@gala/contracts'
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type LoggerService,
  type NestInterceptor,
  NotFoundException,
} from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { map, type Observable } from 'rxjs'
import { Answer } from './answer.js'
import type { AppContext } from './context.js'
import { type RequestActor, roleOf, routeOf } from './contract-route.js'
import { noRoute } from './http.js'
import { keyedRequestOf } from './keyed-request.js'
import { sendProblem, toAppError } from './problem.js'
import { requireRole, type TokenKey, verifyOperator } from './tokens.js'
import { traceOf } from './trace.js'

/** A request as the guard has left it. */
export type OperatorRequest = FastifyRequest & { actor?: RequestActor; route?: Route }

/** Lets only operators with the route's role pass. A route without a role is open. */
export class RoleGuard implements CanActivate {
  constructor(private readonly keys: readonly TokenKey[]) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const role = roleOf(context.getHandler())
    const request = context.switchToHttp().getRequest<OperatorRequest>()
    const route = routeOf(context.getHandler())
    if (route) request.route = route
    if (!role) return true
    const operator = await verifyOperator(this.keys, request.headers.authorization)
    request.actor = { ...operator, traceId: traceOf(request).traceId }
    requireRole(operator, role)
    const keyed = route?.keyed ? keyedRequestOf(request, route, operator.subject) : undefined
    if (keyed) request.actor.keyed = keyed
    return true
  }
}

/** Turns an `Answer` into its value and headers. */
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>()
    return next.handle().pipe(map((result) => (result instanceof Answer ? unwrap(result, reply) : result)))
  }
}

function unwrap({ value, facts }: Answer<unknown>, reply: FastifyReply) {
  if (facts.tags?.length) reply.header(internalHeaders.tags, facts.tags.join(','))
  if (facts.position !== undefined) reply.header(internalHeaders.position, facts.position)
  if (facts.freshMs !== undefined) reply.header(internalHeaders.freshMs, Math.floor(facts.freshMs))
  if (facts.source) reply.header(headers.cache, facts.source)
  if (facts.asOfMs !== undefined) reply.header(headers.asOf, facts.asOfMs)
  if (facts.degraded?.length) reply.header(headers.degraded, [...new Set(facts.degraded)].join(','))
  return value
}

/** Every thrown thing leaves as problem+json. Only what nobody expected is logged, and it is logged as an error. */
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly context: AppContext,
    private readonly routes: readonly Route[],
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost) {
    const request = host.switchToHttp().getRequest<OperatorRequest>()
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    const refusal = thrown instanceof NotFoundException ? noRoute(this.routes, request) : toAppError(thrown)
    if (refusal.code === 'INTERNAL') {
      const { traceId } = traceOf(request)
      const route = request.routeOptions?.url
      this.context.log.error({ err: refusal.cause, route, traceId }, 'a request failed unexpectedly')
    }
    const { actor, route } = request
    if (actor && route && route.method !== 'GET') {
      const { code, message: detail } = refusal
      const params = request.params as Record<string, string>
      for (const tell of this.context.refusalListeners) {
        await tell({ actor, route, params, code, detail }).catch((err: unknown) =>
          this.context.log.error({ err, code }, 'a refusal could not be audited'),
        )
      }
    }
    if (!reply.sent) sendProblem(request, reply, refusal)
  }
}

/** Nest's own messages through our log: what it reports while starting is of no use to an operator. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown) {
    this.logger.debug(String(message))
  }
  error(message: unknown, ...more: unknown[]) {
    this.logger.error({ more }, String(message))
  }
  warn(message: unknown) {
    this.logger.warn(String(message))
  }
  debug(message: unknown) {
    this.logger.debug(String(message))
  }
  verbose(message: unknown) {
    this.logger.debug(String(message))
  }
}
