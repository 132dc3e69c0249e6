import type { Door } from '@gala/runtime'

/** With less of its power left than that, a process asks for fewer reports. */
const headroomLeast = 0.3
const strained = { times: 10, nextBatchMs: 60_000 }
const nextBatchMs = 10_000

/** How many report, and how often: as is configured, and a tenth of that while there is more to do than this. */
export function samplingOf(oneIn: number, door: Pick<Door, 'headroomLeft'> | undefined) {
  const busy = door !== undefined && door.headroomLeft < headroomLeast
  return busy
    ? { sampleOneIn: oneIn * strained.times, nextBatchMs: strained.nextBatchMs }
    : { sampleOneIn: oneIn, nextBatchMs }
}
