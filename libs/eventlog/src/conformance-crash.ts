import { readFileSync } from 'node:fs'
import { systemClock } from '@gala/kernel'
import { expect, it } from '@jest/globals'
import { run } from './builders.js'
import { type EventLog, LogUnreachable, type Run, type Topic, Trimmed } from './event-log.js'

const topic: Topic = 'requests'
const source = 's'
const [runs, runBytes, killedAfter] = [60, 5_000, 20]
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

  /** Reads on, from wherever the log begins, until it has come to a place. @returns what was missing on the way. */
  async function readTo(log: EventLog, end: number): Promise<string[]> {
    let at: { next: number; epoch: string } | undefined
    let place = 0
    const gaps: string[] = []
    while (place < end) {
      try {
        at ??= await beginning(log)
        for (const { offset, from, to } of await log.read(topic, 0, at.next, 20_000, 200, at.epoch)) {
          at.next = offset + 1
          if (from > place) gaps.push(`${place}..${from}`)
          place = Math.max(place, to)
        }
      } catch (error) {
        if (error instanceof Trimmed) at = { next: error.first, epoch: error.epoch }
        else expect(error).toBeInstanceOf(LogUnreachable)
        await systemClock.sleep(againMs)
      }
    }
    return gaps
  }

  async function beginning(log: EventLog) {
    const { first, epoch } = await log.bounds(topic, 0)
    return { next: first, epoch }
  }

  it('loses nothing it has acknowledged when its server is killed, and goes on by itself when that is back', async () => {
    const [writer, reader, late] = [await connect(), await connect(), await connect()]
    const end = runs * runBytes
    let failures = 0
    const writing = async () => {
      for (let n = 0; n < runs; n++) {
        if (n === killedAfter) kill()
        failures += await insist(writer, run(source, n, runBytes))
      }
    }
    const [missedOnTheWay] = await Promise.all([readTo(reader, end), writing()])
    expect(failures).toBeGreaterThan(0)
    expect([missedOnTheWay, await readTo(late, end)]).toEqual([[], []])
  })
}
