import { type Criticality, criticalities } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Shedder } from './shedder.js'
import { capacity, SimulatedServer, type Stretch } from './simulated-server.js'

const goodput = ({ byClass, ms }: Stretch) =>
  criticalities.reduce((sum, name) => sum + byClass[name].good, 0) / (ms / 1_000) / capacity
const share = ({ byClass }: Stretch, name: Criticality) => byClass[name].good / byClass[name].offered
const slowest = ({ latenciesMs }: Stretch) =>
  latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.99)] ?? 0

const seeds = [1, 2]
const crowds = [
  { who: 'viewers without a name', clients: 0 },
  { who: 'one client', clients: 1 },
  { who: 'a thousand clients', clients: 1_000 },
]

describe.each(crowds)('a server that sheds, asked by $who', ({ clients }) => {
  it.each(seeds)('refuses nobody at half and at nine tenths of its capacity (seed %i)', (seed) => {
    const server = new SimulatedServer(seed, clients)
    for (const load of [0.5, 0.9]) {
      const stretch = server.serve(load, 2_000)
      for (const name of criticalities) expect([name, share(stretch, name)]).toEqual([name, 1])
    }
  })

  it.each(seeds)(
    'answers nine tenths of its capacity at three times as much, important requests first (seed %i)',
    (seed) => {
      const server = new SimulatedServer(seed, clients)
      server.serve(0.5, 1_000)
      server.serve(3, 1_000)
      const stretch = server.serve(3, 4_000)
      expect(goodput(stretch)).toBeGreaterThan(0.9)
      expect(share(stretch, 'critical-plus')).toBeGreaterThan(0.985)
      expect(share(stretch, 'critical')).toBeGreaterThan(0.4)
      expect(share(stretch, 'sheddable-plus')).toBeLessThan(0.05)
      expect(share(stretch, 'sheddable')).toBeLessThan(0.01)
      expect(slowest(stretch)).toBeLessThan(500)
    },
  )

  it.each(seeds)('lets nothing less important in while it refuses more important requests (seed %i)', (seed) => {
    const server = new SimulatedServer(seed, clients)
    for (const load of [0.5, 3, 0.5, 10, 1.2]) expect(server.serve(load, 700).outOfOrder).toBe(0)
  })

  it.each(seeds)('does not collapse at ten times its capacity, and is back within a second (seed %i)', (seed) => {
    const server = new SimulatedServer(seed, clients)
    server.serve(0.5, 1_000)
    server.serve(10, 1_000)
    const stretch = server.serve(10, 2_000)
    // What is refused costs a third of it, and what finds no place in a buffer costs nothing.
    expect(goodput(stretch)).toBeGreaterThan(0.65)
    server.serve(0.5, 1_000)
    for (const name of criticalities) expect(share(server.serve(0.5, 1_000), name)).toBe(1)
  })

  it.each(seeds)('gives up hardly anything just above its capacity (seed %i)', (seed) => {
    const server = new SimulatedServer(seed, clients)
    server.serve(1.2, 2_000)
    const stretch = server.serve(1.2, 5_000)
    expect(goodput(stretch)).toBeGreaterThan(0.97)
    expect(share(stretch, 'critical-plus')).toBeGreaterThan(0.99)
    expect(share(stretch, 'critical')).toBeGreaterThan(0.95)
  })
})

describe('a server whose neighbours take two thirds of the processor', () => {
  const starved = { forMs: 200, everyMs: 100 }

  it('refuses nobody as long as the rest is enough', () => {
    const server = new SimulatedServer(1, 0, { starved })
    for (const load of [0.1, 0.2]) {
      const stretch = server.serve(load, 4_000)
      for (const name of criticalities) expect(stretch.byClass[name].refused).toBe(0)
    }
  })

  it('answers seven tenths of what the rest is enough for at three times that', () => {
    const server = new SimulatedServer(1, 0, { starved })
    server.serve(1, 1_000)
    const stretch = server.serve(1, 6_000)
    expect(goodput(stretch)).toBeGreaterThan(0.7 / 3)
    expect(share(stretch, 'critical-plus')).toBeGreaterThan(0.9)
  })
})

describe('a server that does not shed', () => {
  it('answers next to nothing in time at three times its capacity', () => {
    const server = new SimulatedServer(1, 0, { shedding: false, backlogMax: 20_000 })
    server.serve(3, 4_000)
    expect(goodput(server.serve(3, 4_000))).toBeLessThan(0.2)
  })
})

describe('Shedder', () => {
  it('refuses nobody for one pause of the process', () => {
    const server = new SimulatedServer(1)
    server.serve(0.5, 1_000)
    const stretch = server.serve(0.5, 2_000, 250)
    for (const name of criticalities) expect(stretch.byClass[name].refused).toBe(0)
  })

  it('lets fifty a second in however strained it is', async () => {
    const clock = new VirtualClock()
    const shedder = new Shedder({ clock, strain: () => 10 })
    let admitted = 0
    for (let i = 0; i < 400; i++) {
      await clock.advance(25)
      if (shedder.admit('sheddable')) admitted++
    }
    expect(shedder.active).toBe(true)
    expect(admitted).toBe(400)
  })

  it('leaves the same clients out for as long as it lasts', async () => {
    const { shedder, clock } = await strained()
    const admittedOf = () => new Set(names.filter((name) => shedder.admit('sheddable', name)))
    const first = admittedOf()
    await clock.advance(10)
    const second = admittedOf()
    expect(first.size).toBeGreaterThan(100)
    expect(first.size).toBeLessThan(900)
    // The one part in which the cursor stands is shared by turns.
    expect([...first].filter((name) => !second.has(name)).length).toBeLessThan(20)
  })

  it('tells once when it begins and once when it is over', async () => {
    const told: string[] = []
    const { clock, relax } = await strained({ onBegin: () => told.push('begin'), onEnd: () => told.push('end') })
    relax()
    await clock.advance(3_000)
    expect(told).toEqual(['begin', 'end'])
  })

  const names = Array.from({ length: 1_000 }, (_, i) => `198.51.100.${i}`)

  /** One that is to answer half of what comes: a thousand requests of the lowest class in every window. */
  async function strained(told: { onBegin?: () => void; onEnd?: () => void } = {}) {
    const clock = new VirtualClock()
    let strain = 2
    const shedder = new Shedder({ clock, strain: () => strain, ...told })
    clock.every(50, () => shedder.adapt())
    for (let window = 0; window < 12; window++) {
      for (const name of names) shedder.admit('sheddable', name)
      for (let i = 0; i < 500; i++) shedder.finished()
      await clock.advance(50)
      if (shedder.active) strain = 1
    }
    return { clock, shedder, relax: () => (strain = 0) }
  }
})
