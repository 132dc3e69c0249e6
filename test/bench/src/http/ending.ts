/** What has been started, ended in the opposite order, once, whoever asks for it first. */
export class Ending {
  readonly #closers: (() => unknown)[] = []
  #ended: Promise<void> | undefined

  add(close: () => unknown) {
    this.#closers.push(close)
  }

  end(): Promise<void> {
    this.#ended ??= this.#run()
    return this.#ended
  }

  async #run() {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (error) {
        process.stderr.write(`  ending: ${(error as Error).message}\n`)
      }
    }
  }
}

/** Runs something with an ending that comes with its end, and with SIGINT or SIGTERM. */
export async function ended<T>(work: (ending: Ending) => Promise<T>): Promise<T> {
  const ending = new Ending()
  let stopped = false
  const stop = () => {
    stopped = true
    void ending.end().then(() => process.exit(130))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await work(ending)
  } catch (error) {
    // What fails now fails because it was ended.
    if (stopped) await new Promise(() => {})
    throw error
  } finally {
    await ending.end()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
