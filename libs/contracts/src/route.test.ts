import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { opsRoutes, publicRoutes } from './api.js'
import { AppError } from './errors.js'
import { parseInput, route } from './route.js'

const example = route({
  name: 'example',
  summary: 'An example',
  method: 'POST',
  path: '/v1/examples/:id',
  params: { id: z.string().min(3) },
  query: { page: z.coerce.number().int().min(1).default(1) },
  body: z.strictObject({ tags: z.array(z.string()).max(100) }),
  reply: z.object({}),
  criticality: 'sheddable',
  onDegraded: 'refuse',
  timeoutMs: 1000,
})

function refusal(raw: Parameters<typeof parseInput>[1]): AppError {
  try {
    parseInput(example, raw)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('what a route lets in', () => {
  it('is parsed, with defaults filled in', () => {
    const input = parseInput(example, { params: { id: 'abc' }, query: {}, body: { tags: ['x'] } })
    expect(input).toEqual({ params: { id: 'abc' }, query: { page: 1 }, body: { tags: ['x'] } })
  })

  it('names every refused field at once', () => {
    const error = refusal({ params: { id: 'a' }, query: { page: '0', odd: '1' }, body: { tags: [1], more: true } })
    expect(error.code).toBe('VALIDATION_FAILED')
    expect(error.errors?.map(({ path }) => path)).toEqual(['params.id', 'query.page', 'query', 'body.tags.0', 'body'])
  })

  it('answers a body of a thousand faults with the first twenty', () => {
    const body = { tags: Array.from({ length: 100 }, () => 1) }
    expect(refusal({ params: { id: 'abc' }, query: {}, body }).errors).toHaveLength(20)
  })
})

describe('the route table', () => {
  const routes = [...publicRoutes, ...opsRoutes]

  it('has every name and every address once', () => {
    expect(new Set(routes.map(({ name }) => name)).size).toBe(routes.length)
    expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length)
  })

  it('keeps the two sides apart: a role on every operators’ route, none and no /ops on the public ones', () => {
    for (const { path, role } of opsRoutes)
      expect([path, path.startsWith('/ops/v1/'), role === undefined]).toEqual([path, true, false])
    for (const { path, role } of publicRoutes)
      expect([path, path.startsWith('/v1/'), role]).toEqual([path, true, undefined])
  })

  it('lets only cached reads fall back to a copy on disk', () => {
    for (const { name, method, cache, onDegraded } of publicRoutes) {
      if (onDegraded === 'static') expect([name, method, cache === undefined]).toEqual([name, 'GET', false])
    }
  })
})
