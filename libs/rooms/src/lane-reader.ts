import { messageTypes } from '@gala/contracts'
import type { Redis } from 'ioredis'
import { firstOf, nothingPlaced, originOf, placedOf } from './placed.js'
import type { RoomKeys } from './room-keys.js'
import * as scripts from './room-scripts.js'
import type { Origin, Placed, PlacedMessage } from './room-store.js'
import { readMax } from './rules.js'
import { runScript } from './script.js'
import { beginning, markOf, type StoredForms } from './stored.js'

/** Looked through at a time for a message of another data centre; they overlap, because what is looked through moves meanwhile. */
const page = { size: 500, step: 450 }

/** Reads the messages of rooms, which stand in one lane a type. */
export class LaneReader {
  constructor(
    private readonly redis: Redis,
    private readonly keys: RoomKeys,
    private readonly forms: StoredForms,
    private readonly dc: string,
  ) {}

  async after(room: string, place: number, limit: number): Promise<Placed> {
    const most = Math.min(limit, readMax)
    type Reply = [string, string, string[][], string[], number, number] | null
    const reply = await runScript<Reply>(this.redis, scripts.after, this.keys.base(room), [place, most])
    if (!reply) return nothingPlaced
    const [epoch, newest, lanes, marks, chat, notify] = reply
    const { first, upTo } = firstOf(sorted(lanes), most, place, Number(newest))
    const found = { epoch, upTo, messages: this.#read(first), marks: marks.map(markOf) }
    return { ...placedOf(this.dc, place, found), lost: { chat, notify } }
  }

  async newest(room: string, limit: number): Promise<PlacedMessage[]> {
    const last = Math.min(limit, readMax) - 1
    if (last < 0) return []
    const lanes = messageTypes.map((type) => this.redis.zrevrange(this.keys.lane(room, type), 0, last))
    const messages = sorted(await Promise.all(lanes)).toReversed()
    return this.#read(messages.slice(0, last + 1))
  }

  async own(room: string, after: Origin | undefined, limit: number) {
    const args = [beginning(`${this.dc}.`), after?.epoch ?? '', after?.seq ?? 0, limit]
    const reply = await runScript<[string, string, string[][]] | null>(
      this.redis,
      scripts.own,
      this.keys.base(room),
      args,
    )
    if (!reply) return undefined
    const [epoch, newest, lanes] = reply
    const { first, upTo } = firstOf(sorted(lanes), limit, after?.seq ?? 0, Number(newest))
    return { epoch, upTo, messages: this.#read(first), more: first.length >= limit }
  }

  /** The place of an own one is in its id; another one is looked for among the newest first. Somebody waits for it, but no viewer. */
  async find(lane: string, id: string): Promise<string | undefined> {
    const isIt = (member: string) => member.startsWith(`${beginning(id)}"`)
    const { dc, seq } = originOf(id)
    if (dc === this.dc) return (await this.redis.zrangebyscore(lane, seq, seq)).find(isIt)
    for (let start = 0; ; start += page.step) {
      const some = await this.redis.zrevrange(lane, start, start + page.size - 1)
      const found = some.find(isIt)
      if (found !== undefined || some.length < page.size) return found
    }
  }

  #read(found: readonly { text: string }[]): PlacedMessage[] {
    return this.forms.messages(found.map(({ text }) => text))
  }
}

/** By their places, which are told even of what cannot be read: how far an answer reaches must not hang on that. */
function sorted(lanes: readonly (readonly string[])[]) {
  const found = lanes
    .flat()
    .map((text) => ({ text, place: Number(/^\{"id":"[^"]*","place":(\d+)/.exec(text)?.[1] ?? 0) }))
  return found.sort((a, b) => a.place - b.place)
}
