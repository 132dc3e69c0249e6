import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { fuzzRawFront } from '@gala/runtime/testing'

type Batch = Awaited<ReturnType<typeof fuzzRawFront>> & { seed: number; rssBytes: number }

/** What a process may grow by from its first batch to its last: the heap moves by some tens of megabytes. */
const growthBytesMax = 150_000_000

/** Inputs to the raw front and to Node's server alone, on all cores. Says every difference, with what plays it again. */
export async function frontHistories(seed: number, runs: number, say: (line: string) => void) {
  const cores = Math.min(availableParallelism(), runs)
  const total = { inputs: 0, answered: 0, handedOver: 0, different: 0, crashed: 0, grownBytes: 0 }
  let shownMs = performance.now()
  const each = Math.ceil(runs / cores)
  await Promise.all(
    Array.from({ length: cores }, async (_, i) => {
      const inputs = Math.min(each, runs - i * each)
      const child = fork(join(import.meta.dirname, 'front-worker.js'), [String(seed + i * each), String(inputs)])
      let firstBytes = 0
      child.on('message', (batch: Batch) => {
        firstBytes ||= batch.rssBytes
        total.inputs += batch.inputs
        total.answered += batch.answered
        total.handedOver += batch.handedOver
        total.different += batch.different.length
        total.grownBytes = Math.max(total.grownBytes, batch.rssBytes - firstBytes)
        for (const { chunks, raw, node } of batch.different)
          say(
            `seed ${batch.seed}: ${JSON.stringify(chunks)}\n  raw front: ${JSON.stringify(raw)}\n  node: ${JSON.stringify(node)}`,
          )
        if (performance.now() - shownMs < 5_000) return
        shownMs = performance.now()
        say(`  … ${total.inputs} of ${runs} inputs`)
      })
      const code = await new Promise((done) => child.on('exit', done))
      if (code !== 0) total.crashed++
    }),
  )
  const figure = (name: string, value: number, bound?: number, unit = '') => ({
    ...{ name, value, unit },
    ...(bound !== undefined && { bound, ok: value <= bound }),
  })
  return [
    figure('inputs', total.inputs),
    figure('requests the raw front answered', total.answered),
    figure('inputs it handed over', total.handedOver),
    figure('answered otherwise than by Node', total.different, 0),
    figure('processes that ended otherwise', total.crashed, 0),
    figure('memory a process grew by', Math.round(total.grownBytes / 1e6), growthBytesMax / 1e6, 'MB'),
  ]
}
