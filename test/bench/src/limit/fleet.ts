import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Done, Work } from './worker.js'

export const processes = 8

export interface Totals extends Done {
  /** From the first start to the last answer, in seconds. */
  durationS: number
}

/** Plays the same work in eight processes at once; `requests` and `perS` are those of all of them. `midway` runs after half the time. */
export async function fleet(
  work: Omit<Work, 'instance'>,
  midway?: () => unknown,
): Promise<{ all: Totals; each: Done[] }> {
  const children = Array.from({ length: processes }, () =>
    fork(join(import.meta.dirname, 'worker.js'), { env: { ...process.env, NODE_OPTIONS: '' } }),
  )
  try {
    const share = { ...work, requests: work.requests / processes, perS: work.perS / processes }
    await Promise.all(
      children.map((child, i) => {
        child.send({ ...share, instance: `bench-${i}` })
        return heard(child)
      }),
    )
    const answers = children.map((child) => {
      child.send('start')
      return heard(child) as Promise<Done>
    })
    const timer = midway && setTimeout(midway, (work.requests / work.perS) * 500)
    const each = await Promise.all(answers)
    clearTimeout(timer)
    return { all: totals(each), each }
  } finally {
    for (const child of children) child.kill()
  }
}

const heard = (child: ChildProcess) =>
  new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`a process of the bench ended with ${code}`)))
  })

function totals(each: readonly Done[]): Totals {
  const sum = (of: (done: Done) => number) => each.reduce((all, done) => all + of(done), 0)
  const most = (of: (done: Done) => number) => Math.max(...each.map(of))
  const tenths = new Map<number, number>()
  for (const done of each) for (const [tenth, count] of done.tenths) tenths.set(tenth, (tenths.get(tenth) ?? 0) + count)
  const startedMs = Math.min(...each.map((done) => done.startedMs))
  const endedMs = most((done) => done.endedMs)
  return {
    admitted: sum((done) => done.admitted),
    refused: sum((done) => done.refused),
    failed: sum((done) => done.failed),
    tenths: [...tenths],
    startedMs,
    endedMs,
    durationS: (endedMs - startedMs) / 1_000,
    cpuUs: sum((done) => done.cpuUs),
    trips: sum((done) => done.trips),
    inversions: sum((done) => done.inversions),
    longestMs: most((done) => done.longestMs),
    toldMs: each.flatMap((done) => done.toldMs).toSorted((a, b) => a - b),
    rssGrowthMb: most((done) => done.rssGrowthMb),
  }
}
