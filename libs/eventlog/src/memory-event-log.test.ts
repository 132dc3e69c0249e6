import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { many, run } from './builders.js'
import { eventLogConformance } from './conformance.js'
import { LogFull, LogUnreachable, waitingMax } from './event-log.js'
import { MemoryEventLog } from './memory-event-log.js'
import { Turns } from './turns.js'

describe('MemoryEventLog', () => {
  eventLogConformance(async ({ parts = 2, bytesMax } = {}) => {
    const clock = new VirtualClock()
    const log = new MemoryEventLog({
      clock,
      parts,
      ...(bytesMax !== undefined && { bytesMax: bytesMax / (4 * parts) }),
    })
    return {
      log,
      another: async () => new MemoryEventLog({ clock, parts, shared: log.shared }),
      empty: async () => log.shared.empty(),
      pass: (ms) => clock.advance(ms),
    }
  })

  it('answers nothing while it is away, and has everything afterwards', async () => {
    const log = new MemoryEventLog({ clock: new VirtualClock(), parts: 1 })
    await log.append('requests', run('s'))
    log.shared.away = true
    await expect(log.append('requests', run('s', 1))).rejects.toThrow(LogUnreachable)
    log.shared.away = false
    expect(await log.read('requests', 0, 0, 1_000, 0)).toHaveLength(1)
  })
})

describe('turns', () => {
  it('come in the order of asking, go on after a failure, and are bounded', async () => {
    const turns = new Turns()
    const done: number[] = []
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const all = many(waitingMax, (i) =>
      turns
        .take('a', async () => {
          await gate
          if (i === 1) throw new Error('away')
          done.push(i)
        })
        .catch(() => {}),
    )
    await expect(turns.take('a', async () => {})).rejects.toThrow(LogFull)
    expect(await turns.take('b', async () => 'free')).toBe('free')
    open()
    await Promise.all(all)
    expect(done).toEqual(many(waitingMax, (i) => i).filter((i) => i !== 1))
    expect(await turns.take('a', async () => 'again')).toBe('again')
  })
})
