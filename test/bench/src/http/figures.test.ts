import { describe, expect, it } from '@jest/globals'
import { figuresOf } from './figures.js'
import type { ContenderName } from './options.js'
import type { Measured } from './rounds.js'

const measured = (name: ContenderName, perCpuS: number[]): [ContenderName, Measured] => {
  const turns = perCpuS.map((value) => ({
    perCpuS: value,
    perS: value,
    requests: value,
    failed: 0,
    bytesPerAnswer: 1_700,
    corePercent: 99,
    othersUs: 0.1,
  }))
  const contender = { name, title: name, url: '', pids: [], peer: name !== 'ours' && name !== 'edge' }
  return [name, { contender, turns: { 64: turns, 256: turns }, rssBytes: 2 ** 20, hitPercent: undefined }]
}
const find = (figures: ReturnType<typeof figuresOf>, name: string) => figures.find((figure) => figure.name === name)

describe('figures of the http bench', () => {
  const all = new Map([measured('ours', [96, 48, 95]), measured('node', [100, 50, 100])])

  it('hold ours against node:http round by round, not median against median', () => {
    const figure = find(figuresOf(all), 'http-ours-vs-node-c64')
    expect(figure).toMatchObject({ value: 0.96, range: [0.95, 0.96], bound: 0.95, ok: true, peer: 'node' })
  })

  it('say that a promise is broken', () => {
    const slow = new Map([measured('ours', [80, 82, 81]), measured('nest-express', [29, 30, 28])])
    expect(find(figuresOf(slow), 'http-ours-vs-nest-express-c256')).toMatchObject({ value: 2.76, ok: false })
  })

  it('promise nothing about whom nobody measured', () => {
    expect(figuresOf(all).filter(({ name }) => name.includes('-vs-'))).toHaveLength(2)
    expect(find(figuresOf(all), 'http-ours-c256')).toMatchObject({ value: 95, range: [48, 96], unit: '/CPU-s' })
  })
})
