import { basename, dirname } from 'node:path'
import { Tail, type Topic, tailNames } from '@gala/eventlog'
import type { Clock } from '@gala/kernel'

export interface LineFilesOptions {
  spoolDir: string
  /** The edge's access log; undefined: none is read here. */
  edgeLogFile: string | undefined
  clock: Clock
  runBytesMax?: number
  settleMs?: number
}

export interface NamedTail {
  topic: Topic
  dir: string
  name: string
  tail: Tail
}

const lookEveryMs = 1_000

/** All files lines come from in this data centre: the edge's, and the spools that are there by now. */
export class LineFiles {
  readonly #tails = new Map<string, NamedTail>()
  readonly #edge: string | undefined
  #lookedMs = Number.NEGATIVE_INFINITY

  constructor(private readonly options: LineFilesOptions) {
    const { edgeLogFile } = options
    if (edgeLogFile === undefined) return
    this.#edge = this.#add('requests', dirname(edgeLogFile), basename(edgeLogFile, '.log'))
  }

  async tails(): Promise<readonly NamedTail[]> {
    const { spoolDir, clock } = this.options
    if (clock.monotonicMs() - this.#lookedMs >= lookEveryMs) {
      this.#lookedMs = clock.monotonicMs()
      const named = await tailNames(spoolDir)
      for (const { topic, name } of named) this.#add(topic, spoolDir, name)
      // Of processes that are gone for good, when the last of their files is.
      const there = new Set([...named.map(({ name }) => `${spoolDir}/${name}`), this.#edge])
      for (const key of this.#tails.keys()) if (!there.has(key)) this.#tails.delete(key)
    }
    return [...this.#tails.values()]
  }

  #add(topic: Topic, dir: string, name: string): string {
    const key = `${dir}/${name}`
    if (this.#tails.has(key)) return key
    const { clock, runBytesMax, settleMs } = this.options
    const bounds = { ...(runBytesMax !== undefined && { runBytesMax }), ...(settleMs !== undefined && { settleMs }) }
    this.#tails.set(key, { topic, dir, name, tail: new Tail({ dir, name, clock, ...bounds }) })
    return key
  }
}
