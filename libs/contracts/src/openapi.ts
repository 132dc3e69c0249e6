import { z } from 'zod'
import { opsRoutes, publicRoutes } from './api.js'
import { errorCodes } from './errors.js'
import { idempotencyKey } from './fields.js'
import { headers } from './headers.js'
import type { Route } from './route.js'

const json = (schema: object) => ({ 'application/json': { schema } })

/** The OpenAPI 3.1 document of both route tables, with the policy of each route as `x-gala-*` fields. */
export function openApiDocument(version: string): object {
  const components: Record<string, object> = { Problem: problemSchema }
  const paths: Record<string, Record<string, object>> = {}
  for (const route of [...publicRoutes, ...opsRoutes]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gala', version, description: 'Public API (through the edge) and operators’ API (on base).' },
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        viewer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  }
}

function operation(route: Route, components: Record<string, object>) {
  return {
    operationId: route.name,
    summary: route.summary,
    ...(route.viewer && { security: route.viewer === 'required' ? [{ viewer: [] }] : [{}, { viewer: [] }] }),
    ...(route.role && { security: [{ operator: [] }], 'x-gala-role': route.role }),
    'x-gala-criticality': route.criticality,
    'x-gala-on-degraded': route.onDegraded,
    'x-gala-timeout-ms': route.timeoutMs,
    ...(route.cache && { 'x-gala-cache': route.cache }),
    ...(route.limits && { 'x-gala-limits': route.limits }),
    parameters: [
      ...parameters('path', route.schemas.params, components),
      ...parameters('query', route.schemas.query, components),
      ...(route.keyed ? [keyParameter()] : []),
      ...(route.kinds ? [kindParameter(route.kinds)] : []),
    ],
    ...(route.body && {
      requestBody: { required: true, content: json(toSchema(route.body, 'input', components)) },
    }),
    responses: {
      [route.status ?? 200]: {
        description: route.status ? 'Accepted' : 'OK',
        ...(route.limits && !route.cache && { headers: limitHeaders }),
        ...(route.keyed && { headers: replayedHeader }),
        content: json(toSchema(route.reply, 'output', components)),
      },
      ...(route.limits && {
        429: {
          description: 'A limit of this route is reached: RATE_LIMITED',
          headers: { ...limitHeaders, 'retry-after': headerOf('Seconds to stay away', 'integer') },
          content: problem,
        },
      }),
      ...(route.keyed && {
        409: { description: 'The first request with this key is still under way, or a conflict', content: problem },
        422: { description: 'The key belongs to another request: IDEMPOTENCY_KEY_REUSED', content: problem },
      }),
      default: { description: 'A coded refusal', content: problem },
    },
  }
}

const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
const headerOf = (description: string, type: string) => ({ description, schema: { type } })
const limitHeaders = {
  'ratelimit-policy': headerOf('Every limit: q tokens at most, that many in w seconds', 'string'),
  ratelimit: headerOf('The limit closest to its end: r tokens left, more in t seconds', 'string'),
}

const replayedHeader = {
  [headers.idempotencyReplayed]: headerOf('true: kept from an earlier attempt, nothing was done again', 'string'),
}
const kindParameter = ({ field, criticality }: NonNullable<Route['kinds']>) => ({
  name: headers.kind,
  in: 'header',
  required: false,
  description: `The body’s ${field}, for what is to be refused last when there is more than can be done: ${Object.keys(criticality).join(', ')}`,
  schema: { type: 'string', maxLength: 64 },
})
const keyParameter = () => ({
  name: headers.idempotencyKey,
  in: 'header',
  required: false,
  description: 'The same for every attempt of one act: it is done once, and each attempt gets the first one’s answer',
  schema: toSchema(idempotencyKey, 'input', {}),
})

function parameters(where: 'path' | 'query', schema: z.ZodObject, components: Record<string, object>) {
  const { properties = {}, required = [] } = toSchema(schema, 'input', components) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: field,
  }))
}

/** JSON Schema of a zod type; types that carry an id land once in `components`. */
function toSchema(type: z.ZodType, io: 'input' | 'output', components: Record<string, object>): object {
  const {
    $schema: _,
    $defs,
    ...schema
  } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Record<string, unknown>
  for (const [id, def] of Object.entries(($defs ?? {}) as Record<string, object>)) components[id] ??= relocate(def)
  const id = schema['id']
  if (typeof id === 'string') {
    components[id] ??= relocate(schema)
    return { $ref: `#/components/schemas/${id}` }
  }
  return relocate(schema)
}

const relocate = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'))

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'retryable', 'traceId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    detail: { type: 'string' },
    retryable: { type: 'boolean' },
    traceId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    current: { description: 'With STALE_VERSION: what the server holds now' },
  },
}
