/** Live events with something to show, written through base as an operator would; the most asked for first. */
export class Events {
  readonly ids: string[]
  readonly #versions = new Map<string, number>()

  constructor(
    count: number,
    private readonly token: string,
  ) {
    this.ids = Array.from({ length: count }, (_, i) => `mixed-${String(i).padStart(4, '0')}`)
  }

  /** @throws when one is refused. */
  async write(base: string, writers: number) {
    const left = this.ids.values()
    const work = async () => {
      for (const id of left) await this.edit(base, id)
    }
    await Promise.all(Array.from({ length: writers }, work))
  }

  /** Makes it, or changes it; resolves to its new version once that is acknowledged. */
  async edit(base: string, id: string): Promise<number> {
    const from = this.#versions.get(id) ?? 0
    const made = {
      kind: 'concert',
      title: `An evening called ${id}`,
      status: 'live',
      startAt: '2026-01-01T12:00:00.000Z',
      endAt: '2026-01-01T18:00:00.000Z',
    }
    const body = JSON.stringify({ ...(from === 0 && made), venue: `hall ${from + 1}`, expectedVersion: from })
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${base}/ops/v1/events/${id}`, { method: 'PUT', headers, body })
    if (!answer.ok) throw new Error(`${id} cannot be written: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
    const { version } = (await answer.json()) as { version: number }
    this.#versions.set(id, version)
    return version
  }
}
