import { describe, expect, it } from '@jest/globals'
import { leaseMs, SimulatedDcs } from './simulated-dcs.js'

const histories = 30
const stepsEach = 40

/** Which data centres take writes now. */
const writing = (world: SimulatedDcs) => [...world.servers].filter(([, { takes }]) => takes).map(([dc]) => dc)

async function within(world: SimulatedDcs, ms: number, holds: () => boolean) {
  for (let waited = 0; waited < ms && !holds(); waited += 50) await world.clock.advance(50)
  return holds()
}

/** Both up, one writes, and the other confirms. */
async function inHealth(world: SimulatedDcs) {
  await world.clock.advance(100)
  expect(await within(world, 10_000, () => world.servers.get('dc-a')?.semiSync === true)).toBe(true)
  await world.clock.advance(1_000)
}

describe('who writes', () => {
  it('is the home data centre at first, and nobody else', async () => {
    const world = new SimulatedDcs(1)
    await inHealth(world)
    expect(writing(world)).toEqual(['dc-a'])
  })

  it('is the other data centre within five seconds of a loss, with everything that was acknowledged', async () => {
    const world = new SimulatedDcs(2)
    await inHealth(world)
    for (let i = 0; i < 50; i++) void world.write('dc-a')
    await world.clock.advance(500)
    expect(world.acknowledged.size).toBe(50)
    world.lose('dc-a', true)
    expect(await within(world, 5_000, () => writing(world).includes('dc-b'))).toBe(true)
    expect(world.broken).toEqual([])
    world.lose('dc-a', false)
    await world.clock.advance(5_000)
    expect(writing(world)).toEqual(['dc-b'])
    expect(world.servers.get('dc-a')?.log).toEqual(world.servers.get('dc-b')?.log)
  })

  it('stays where it is while the link between the data centres is cut, and the other one waits', async () => {
    const world = new SimulatedDcs(3)
    await inHealth(world)
    world.cut('dc-a', 'dc-b', true)
    void world.write('dc-a')
    await world.clock.advance(20_000)
    expect(writing(world)).toEqual(['dc-a'])
    // It was not told so before the voters knew that it exists once.
    expect(world.acknowledged.size).toBe(1)
    world.lose('dc-a', true)
    await world.clock.advance(20_000)
    expect(writing(world)).toEqual([])
    world.cut('dc-a', 'dc-b', false)
    world.lose('dc-a', false)
    expect(await within(world, 10_000, () => writing(world).length > 0)).toBe(true)
    expect(world.broken).toEqual([])
  })

  it('is the other data centre when one is cut off from everything, which takes no writes by then', async () => {
    const world = new SimulatedDcs(4)
    await inHealth(world)
    world.cut('dc-a', 'dc-b', true)
    world.cut('dc-a', 'witness', true)
    expect(await within(world, 5_000, () => writing(world).includes('dc-b'))).toBe(true)
    expect(writing(world)).toEqual(['dc-b'])
    expect(world.broken).toEqual([])
  })

  it('takes writes again where the server has closed itself, when the lease is still held', async () => {
    const world = new SimulatedDcs(8)
    await inHealth(world)
    world.servers.get('dc-a')?.closeItself()
    expect(writing(world)).toEqual([])
    expect(await within(world, leaseMs, () => writing(world).length > 0)).toBe(true)
    expect(writing(world)).toEqual(['dc-a'])
  })

  it('moves as asked, without a moment of two', async () => {
    const world = new SimulatedDcs(5)
    await inHealth(world)
    world.ask({ to: 'dc-b', mode: 'planned', token: world.opened.token })
    let two = false
    expect(
      await within(world, 2_000, () => {
        two ||= writing(world).length > 1
        return writing(world).includes('dc-b')
      }),
    ).toBe(true)
    expect(two).toBe(false)
    expect(world.broken).toEqual([])
  })

  it('is nobody new after a loss of what exists once, until an operator says so', async () => {
    const world = new SimulatedDcs(6)
    await inHealth(world)
    world.lose('dc-b', true)
    await world.clock.advance(5_000)
    void world.write('dc-a')
    await world.clock.advance(500)
    world.lose('dc-a', true)
    world.lose('dc-b', false)
    await world.clock.advance(20_000)
    expect(writing(world)).toEqual([])
    world.ask({ to: 'dc-b', mode: 'emergency', token: world.opened.token })
    expect(await within(world, 5_000, () => writing(world).includes('dc-b'))).toBe(true)
    expect(world.opened.lossy).toBe(true)
  })

  it('goes on with another process of the same data centre when the one that kept it is gone', async () => {
    const world = new SimulatedDcs(7)
    await inHealth(world)
    const { token } = world.opened
    world.stopBase('dc-a')
    world.startBase('dc-a')
    expect(await within(world, 2 * leaseMs, () => world.opened.token > token)).toBe(true)
    expect(writing(world)).toEqual(['dc-a'])
  })

  it('is the other data centre after a loss although a quarter of what is said to the voters does not arrive', async () => {
    for (let seed = 30; seed < 40; seed++) {
      const world = new SimulatedDcs(seed)
      await inHealth(world)
      void world.write('dc-a')
      await world.clock.advance(500)
      world.lossPart = 0.25
      world.lose('dc-a', true)
      const taken = await within(world, 60_000, () => writing(world).includes('dc-b'))
      expect({ seed, taken, broken: world.broken }).toEqual({ seed, taken: true, broken: [] })
    }
  })

  it(`is never two, and loses nothing that was acknowledged, in ${histories} histories of cuts, losses and restarts`, async () => {
    for (let seed = 100; seed < 100 + histories; seed++) {
      const world = new SimulatedDcs(seed)
      await inHealth(world)
      world.lossPart = seed % 3 === 0 ? 0.05 : 0
      for (let step = 0; step < stepsEach; step++) {
        misfortune(world)
        for (let i = 0; i < 5; i++) {
          void world.write('dc-a')
          void world.write('dc-b')
          await world.clock.advance(100)
          if (writing(world).length > 1) world.broken.push('two data centres take writes')
        }
      }
      expect({ seed, broken: world.broken.slice(0, 3) }).toEqual({ seed, broken: [] })
      heal(world)
      const alike = () => {
        const [one, other] = [...world.servers.values()].map(({ log }) => log)
        return writing(world).length === 1 && String(one) === String(other)
      }
      expect({ seed, alike: await within(world, 30_000, alike) }).toEqual({ seed, alike: true })
      expect(world.broken).toEqual([])
    }
  })

  it('is followed again by a server that was handed the writing, gave it back, and then came to hold what nobody knows', async () => {
    const world = new SimulatedDcs(9)
    await inHealth(world)
    for (const to of ['dc-b', 'dc-a']) {
      world.ask({ to, mode: 'planned', token: world.opened.token })
      expect(await within(world, 2_000, () => writing(world).includes(to))).toBe(true)
    }
    await world.clock.advance(2_000)
    world.servers.get('dc-b')?.log.push(-1)
    void world.write('dc-a')
    const same = () => String(world.servers.get('dc-b')?.log) === String(world.servers.get('dc-a')?.log)
    expect(await within(world, 10_000, same)).toBe(true)
    expect(world.broken).toEqual([])
  })
})

function heal(world: SimulatedDcs) {
  world.lossPart = 0
  for (const dc of world.servers.keys()) {
    world.cut('dc-a', 'dc-b', false)
    world.cut(dc, 'witness', false)
    if (world.isGone(dc)) world.lose(dc, false)
  }
}

/** At most one data centre is gone at a time; links come and go as they like. */
function misfortune(world: SimulatedDcs) {
  const { random } = world
  const dc = random() < 0.5 ? 'dc-a' : 'dc-b'
  const chance = random()
  const on = random() < 0.4
  if (chance < 0.15) world.cut('dc-a', 'dc-b', on)
  else if (chance < 0.35) world.cut(dc, 'witness', on)
  else if (chance < 0.5 && !world.isGone(dc === 'dc-a' ? 'dc-b' : 'dc-a')) {
    if (on !== world.isGone(dc)) world.lose(dc, on)
  } else if (chance < 0.6 && !world.isGone(dc)) {
    world.stopBase(dc)
    world.startBase(dc)
  }
}
