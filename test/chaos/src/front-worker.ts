import { fuzzRawFront } from '@gala/runtime/testing'

const batch = 5_000
const [first = 0, inputs = 0] = process.argv.slice(2).map(Number)

/** Says what became of each batch of inputs; the seed of a batch plays it again. */
for (let done = 0; done < inputs; done += batch) {
  const seed = first + done
  process.send?.({
    seed,
    ...(await fuzzRawFront(seed, Math.min(batch, inputs - done))),
    rssBytes: process.memoryUsage.rss(),
  })
}
process.exit()
