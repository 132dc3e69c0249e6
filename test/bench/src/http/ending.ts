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
