import { readFileSync } from 'node:fs'
import { systemClock } from '@gala/kernel'
import { expect, it } from '@jest/globals'
import { run } from './builders.js'
import { type EventLog, LogUnreachable, type Run, type Topic } from './event-log.js'

const topic: Topic = 'requests'
const source = 's'
/** A log that is away says so at once; whoever asks again in every turn takes the processor it needs for coming back. */
const againMs = 100

/**
 * What a log on a server of its own promises when that is killed and started again. A writer that tries again until it hears that a run
 * was taken, and a reader that keeps offset, epoch and place, are what the pipeline is.
 *
 * @param processFile where whoever starts the server writes its `pid`
 */
export function crashConformance(connect: () => Promise<EventLog>, processFile: () => string) {
  const kill = () => {
    const { pid } = JSON.parse(readFileSync(processFile(), 'utf8')) as { pid: number }
    process.kill(-pid, 'SIGKILL')
  }

  /** @returns how often it had to be tried again. Whatever goes wrong has to be said as what it is. */
  async function insist(log: EventLog, wanted: Run): Promise<number> {
    for (let failures = 0; ; failures++) {
      try {
        await log.append(topic, wanted)
        return failures
      } catch (error) {
        expect(error).toBeInstanceOf(LogUnreachable)
        await systemClock.sleep(againMs)
      }
    }
  }

  it('loses nothing it has acknowledged when its server is killed, and goes on by itself when that is back', async () => {
    const [writer, reader] = [await connect(), await connect()]
    const runs = 60
    let wrote = 0
    let failures = 0
    const writing = (async () => {
      for (; wrote < runs; wrote++) {
        if (wrote === 20) kill()
        failures += await insist(writer, run(source, wrote, 5_000))
      }
    })()
    let at = { next: 0, epoch: '' }
    let place = 0
    const gaps: string[] = []
    while (place < runs * 5_000) {
      try {
        if (at.epoch === '') at = { next: 0, epoch: (await reader.bounds(topic, 0)).epoch }
        for (const each of await reader.read(topic, 0, at.next, 20_000, 200, at.epoch)) {
          at.next = each.offset + 1
          if (each.from > place) gaps.push(`${place}..${each.from}`)
          place = Math.max(place, each.to)
        }
      } catch (error) {
        const { first, epoch } = error as { first?: number; epoch?: string }
        if (first !== undefined && epoch !== undefined) at = { next: first, epoch }
        else expect(error).toBeInstanceOf(LogUnreachable)
        await systemClock.sleep(againMs)
      }
    }
    await writing
    expect([wrote, failures > 0, gaps, place]).toEqual([runs, true, [], runs * 5_000])
  })
}
