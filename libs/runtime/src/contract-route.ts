import {
  AppError,
  internalHeaders,
  parseInput,
  type Role,
  type Route,
  type RouteInput,
  type RouteReply,
  type Viewer,
} from '@gala/contracts'
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import type { Answer } from './answer.js'
import type { KeyedRequest } from './keyed-request.js'
import type { Operator } from './tokens.js'
import { viewerOf } from './viewer.js'

const ROUTE = 'gala:route'
const ROLE = 'gala:role'

type Handler<R> = (
  input: RouteInput<R>,
  // biome-ignore lint/suspicious/noExplicitAny: further parameters are the handler's own (an actor, a reply).
  ...rest: any[]
) => Promise<Answer<RouteReply<R>> | RouteReply<R>> | Answer<RouteReply<R>> | RouteReply<R>

/**
 * Binds a controller method to a route of the contract: method, path, validation, role and reply type all come from
 * there, so they cannot drift from what clients were told.
 */
export const ContractRoute =
  <R extends Route>(route: R) =>
  <H extends Handler<R>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<H>) =>
    applyDecorators(
      RequestMapping({ method: RequestMethod[route.method], path: route.path }),
      HttpCode(route.status ?? 200),
      SetMetadata(ROUTE, route),
      ...(route.role ? [SetMetadata(ROLE, route.role)] : []),
    )(target, key, descriptor as PropertyDescriptor)

/** Protects a plain Nest route that is not in the contract table, such as a stream. */
export const RequireRole = (role: Role) => SetMetadata(ROLE, role)

export const routeOf = (handler: object): Route | undefined => Reflect.getMetadata(ROUTE, handler)
export const roleOf = (handler: object): Role | undefined => Reflect.getMetadata(ROLE, handler)

/** The validated input of a `@ContractRoute` method. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const route = routeOf(context.getHandler())
  if (!route) throw new Error('@Input() stands on a method without @ContractRoute')
  const request = context.switchToHttp().getRequest<FastifyRequest>()
  return parseInput(route, { params: request.params, query: request.query, body: request.body ?? undefined })
})

export interface RequestActor extends Operator {
  traceId: string
  /** What may be sent again, when the caller has given it a key. */
  keyed?: KeyedRequest
}

/** The operator behind the request; only on routes with a role. */
export const Actor = createParamDecorator((_: unknown, context: ExecutionContext): RequestActor => {
  const actor = context.switchToHttp().getRequest<FastifyRequest & { actor?: RequestActor }>().actor
  if (!actor) throw new Error('@Actor() stands on a route without a role')
  return actor
})

/**
 * The viewer behind the request, whose token access has looked at; only on routes with `viewer`. Undefined for nobody, where that may be.
 * @throws AppError UNAUTHENTICATED
 */
export const FromViewer = createParamDecorator((_: unknown, context: ExecutionContext): Viewer | undefined => {
  const route = routeOf(context.getHandler())
  if (!route?.viewer) throw new Error('@FromViewer() stands on a route without viewers')
  const told = context.switchToHttp().getRequest<FastifyRequest>().headers[internalHeaders.viewer]
  if (told === undefined && route.viewer === 'known-if-told') return undefined
  const viewer = viewerOf(told)
  if (!viewer) throw new AppError('UNAUTHENTICATED', 'nobody has said whose request this is')
  return viewer
})
