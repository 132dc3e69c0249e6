import { publicRoutes } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { RouteTable } from './route-table.js'

describe('RouteTable', () => {
  const table = new RouteTable(publicRoutes)
  const nameOf = (method: string, url: string) => table.find(method, url)?.name

  it('finds every route of the contract by an address of it', () => {
    for (const route of publicRoutes) {
      const url = route.path.replace(/:\w+/g, 'spring-gala')
      expect(nameOf(route.method, url)).toBe(route.name)
      expect(nameOf(route.method, `${url}?page=2/3`)).toBe(route.name)
    }
  })

  it.each([
    ['GET', '/livez'],
    ['GET', '/'],
    ['GET', ''],
    ['GET', '*'],
    ['GET', '/v1/events/'],
    ['GET', '/v1/events//play'],
    ['GET', '/v1/events/spring-gala/play/more'],
    ['GET', 'http://elsewhere/v1/events'],
    ['HEAD', '/v1/events'],
    ['DELETE', '/v1/events/spring-gala'],
  ])('leaves %s %s to the framework', (method, url) => {
    expect(nameOf(method, url)).toBeUndefined()
  })
})
