import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Copy, deployDir } from './copies.js'
import { sizingComplaints, sizingOf, sizingTable, sumOf } from './sizing.js'

describe('the sizes of the night', () => {
  const copy = new Copy()
  afterAll(() => copy.remove())

  it('are what the sum says, on the page, in the overlays and in the stores', () => {
    expect(sizingComplaints(deployDir)).toEqual([])
  })

  it('are multiplied as the sum says where ten times as many are asked about', () => {
    const sizing = sizingOf(deployDir)
    const page = readFileSync(join(deployDir, '../docs/capacity.md'), 'utf8')
    expect(page).toContain(sizingTable({ ...sizing, askedPerS: 10 * sizing.askedPerS }))
  })

  it('let no more likes through than one event takes by its contract', () => {
    const sizing = sizingOf(deployDir)
    expect(sumOf(sizing, sizing.sizedByEdgeHitShare).likesPerS).toBeCloseTo(20_000)
  })

  it.each([
    ['another figure', 'sizing.json', '"answer": 1104', '"answer": 2000', /README\.md: the table has to be/],
    [
      'another figure',
      'sizing.json',
      '"answer": 1104',
      '"answer": 2000',
      /gala\/dc-b: HorizontalPodAutoscaler application: spec.minReplicas/,
    ],
    [
      'fewer edges',
      'k8s/gala/night/kustomization.yaml',
      'count: 39',
      'count: 12',
      /gala\/dc-a: Deployment edge: spec.replicas is 12, and the sum is 39/,
    ],
    [
      'fewer connections',
      'mysql/mysql.cnf',
      'max_connections = 3000',
      'max_connections = 300',
      /mysql\.cnf: max_connections 300 is too few/,
    ],
    [
      'fewer clients',
      'redis/redis.conf',
      'maxclients 10000',
      'maxclients 500',
      /redis\.conf: maxclients 500 is too few/,
    ],
    [
      'fewer viewers',
      'k8s/base/kustomization.yaml',
      'EDGE_CONNECTIONS=65536',
      'EDGE_CONNECTIONS=8192',
      /connections are too few/,
    ],
  ])('%s in %s is told', async (_, file, from, to, complaint) => {
    expect((await copy.broken(file, from, to, sizingComplaints)).join('\n')).toMatch(complaint)
  })
})
