import type { Clock } from '@gala/kernel'
import type { fetchV17 } from '@platformatic/kafka'
import {
  type Bounds,
  type EventLog,
  LogFull,
  type LoggedRun,
  LogUnreachable,
  partOf,
  type Run,
  runBytesMax,
  type Topic,
  Trimmed,
  topics,
  waitMsMax,
} from './event-log.js'
import { KafkaClients, said, saidUnknownTopic } from './kafka-clients.js'
import type { KafkaAddress } from './kafka-url.js'
import { checked } from './rules.js'
import { Turns } from './turns.js'

export interface KafkaEventLogOptions {
  address: KafkaAddress
  /** Topics are called after it: `gala.` makes `gala.requests`. */
  prefix: string
  /** Partitions of each topic. */
  parts: number
  /** Bytes of lines in all parts of all topics together; each part takes as many runs as surely fit into its share, and one at least. */
  bytesMax?: number
  clock: Clock
  timeoutMs?: number
}

/** What the brokers of a data centre are to have disks for: `deploy/README.md`. */
const logBytesMax = 128 * 1024 ** 3
const none = '00000000-0000-0000-0000-000000000000'
const answerMs = 5_000
/** How often it is looked whether a new topic is there. */
const lookEveryMs = 50
const [earliest, latest] = [-2n, -1n]

/**
 * A log in Kafka: a part is a partition, an epoch is the topic's id. Read without a group, for readers keep their offsets themselves.
 * Why this client, and what a broker has to be set to: `docs/decisions/0028-event-log.md`.
 */
export class KafkaEventLog implements EventLog {
  readonly parts: number
  readonly #clients: KafkaClients
  readonly #appends = new Turns()
  readonly #reads = new Turns()
  readonly #runsMax: number
  /** Topics that are there, by their ids. */
  readonly #ids = new Map<Topic, string>()
  readonly #asking = new Map<Topic, Promise<string>>()
  /** How far parts reached when they were last asked or appended to. */
  readonly #held = new Map<string, { first: number; next: number }>()

  constructor(private readonly options: KafkaEventLogOptions) {
    const { address, parts, bytesMax = logBytesMax, clock, timeoutMs = answerMs } = options
    this.parts = parts
    this.#runsMax = Math.max(1, Math.floor(bytesMax / (topics.length * parts * runBytesMax)))
    this.#clients = new KafkaClients({ address, clock, timeoutMs })
  }

  async append(topic: Topic, run: Run): Promise<number> {
    checked(run)
    const part = partOf(run.source, this.parts)
    const key = `${topic}.${part}`
    return this.#appends.take(key, async () => {
      const { first } = await this.#withRoom(topic, part)
      const headers = new Map([[Buffer.from('run'), Buffer.from(`${run.from} ${run.to} ${run.count}`)]])
      const message = {
        topic: this.#name(topic),
        partition: part,
        key: Buffer.from(run.source),
        value: run.lines,
        headers,
      }
      const { offsets } = await this.#clients
        .producer((producer) => producer.send({ messages: [message], acks: -1 }))
        .catch((error) => {
          this.#forget(topic)
          throw error
        })
      const offset = Number(offsets?.[0]?.offset ?? Number.NaN)
      if (Number.isNaN(offset)) throw new LogUnreachable('Kafka did not say where a run stands')
      this.#held.set(key, { first: Math.min(first, offset), next: offset + 1 })
      return offset
    })
  }

  async read(topic: Topic, part: number, from: number, bytesMax: number, waitMs: number, epoch?: string) {
    const id = await this.#idOf(topic)
    if (epoch !== undefined && epoch !== id) await this.#otherEpoch(topic, part, epoch)
    try {
      return await this.#fetch(topic, part, epoch ?? id, from, bytesMax, Math.min(Math.max(0, waitMs), waitMsMax))
    } catch (error) {
      if (!said(error, 'OFFSET_OUT_OF_RANGE', 'UNKNOWN_TOPIC_ID') && !saidUnknownTopic(error)) throw error
      this.#forget(topic)
      const { first, epoch: now } = await this.bounds(topic, part)
      throw new Trimmed(first, now)
    }
  }

  async bounds(topic: Topic, part: number): Promise<Bounds> {
    const epoch = await this.#idOf(topic, true)
    const [first, next] = await Promise.all([this.#offset(topic, part, earliest), this.#offset(topic, part, latest)])
    this.#held.set(`${topic}.${part}`, { first, next })
    return { first, next, epoch }
  }

  async release(topic: Topic, part: number, before: number, epoch?: string) {
    const now = await this.bounds(topic, part)
    const offset = Math.min(before, now.next)
    if (offset <= now.first || (epoch !== undefined && epoch !== now.epoch)) return
    const partitions = [{ partition: part, offset: BigInt(offset) }]
    await this.#clients.admin((admin) => admin.deleteRecords({ topics: [{ name: this.#name(topic), partitions }] }))
    this.#held.set(`${topic}.${part}`, { first: offset, next: now.next })
  }

  close() {
    return this.#clients.close()
  }

  #name(topic: Topic) {
    return `${this.options.prefix}${topic}`
  }

  #forget(topic: Topic) {
    this.#ids.delete(topic)
    for (const key of this.#held.keys()) if (key.startsWith(`${topic}.`)) this.#held.delete(key)
  }

  /** @throws LogFull when a part has as many runs as it may, also after looking again what was released. */
  async #withRoom(topic: Topic, part: number) {
    const known = this.#held.get(`${topic}.${part}`)
    if (known && known.next - known.first < this.#runsMax) return known
    const { first, next } = await this.bounds(topic, part)
    if (next - first < this.#runsMax) return { first, next }
    throw new LogFull(`${topic}.${part} holds ${next - first} runs that nobody has read`)
  }

  /** The topic's id; the topic is made when it is not there and may be made. */
  async #idOf(topic: Topic, again = false): Promise<string> {
    const known = this.#ids.get(topic)
    if (known && !again) return known
    const asking = this.#asking.get(topic) ?? this.#askForId(topic, known)
    this.#asking.set(topic, asking)
    try {
      return await asking
    } finally {
      this.#asking.delete(topic)
    }
  }

  async #askForId(topic: Topic, known: string | undefined): Promise<string> {
    const found = (await this.#look(topic)) ?? (await this.#make(topic))
    if (found.partitions !== this.parts) {
      throw new LogUnreachable(`${this.#name(topic)} has ${found.partitions} partitions, not ${this.parts}`)
    }
    if (found.id !== known) this.#forget(topic)
    this.#ids.set(topic, found.id)
    return found.id
  }

  async #look(topic: Topic): Promise<{ id: string; partitions: number } | undefined> {
    const name = this.#name(topic)
    try {
      const metadata = await this.#clients.admin((admin) => admin.metadata({ topics: [name], forceUpdate: true }))
      const found = metadata.topics.get(name)
      if (!found || found.id === none || found.partitionsCount === 0) return undefined
      return { id: found.id, partitions: found.partitionsCount }
    } catch (error) {
      if (saidUnknownTopic(error)) return undefined
      throw error
    }
  }

  /** As `deploy/kafka/topics.sh` makes them, but for how many copies there are: that is the broker's own default. */
  async #make(topic: Topic) {
    const configs = Object.entries({ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' })
    const make = {
      topics: [this.#name(topic)],
      partitions: this.parts,
      configs: configs.map(([name, value]) => ({ name, value })),
    }
    await this.#clients
      .admin((admin) => admin.createTopics(make))
      .catch((error) => {
        // Another process was quicker.
        if (!said(error, 'TOPIC_ALREADY_EXISTS')) throw error
      })
    const { clock, timeoutMs = answerMs } = this.options
    for (const untilMs = clock.monotonicMs() + timeoutMs; clock.monotonicMs() < untilMs; ) {
      const made = await this.#look(topic)
      if (made && (await this.#isLed(topic))) return made
      await clock.sleep(lookEveryMs)
    }
    throw new LogUnreachable(`${this.#name(topic)} was made and is not there yet`)
  }

  /** A broker knows of a topic before it answers for all of its partitions. */
  async #isLed(topic: Topic): Promise<boolean> {
    const parts = Array.from({ length: this.parts }, (_, part) => this.#offset(topic, part, latest))
    try {
      await Promise.all(parts)
      return true
    } catch (error) {
      if (said(error, 'NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE') || saidUnknownTopic(error)) return false
      throw error
    }
  }

  /** @throws Trimmed unless the topic has this id after all. */
  async #otherEpoch(topic: Topic, part: number, epoch: string) {
    const now = await this.bounds(topic, part)
    if (now.epoch !== epoch) throw new Trimmed(now.first, now.epoch)
  }

  async #offset(topic: Topic, part: number, timestamp: bigint): Promise<number> {
    const partitions = [{ partitionIndex: part, timestamp }]
    const name = this.#name(topic)
    const [found] = await this.#clients.admin((admin) => admin.listOffsets({ topics: [{ name, partitions }] }))
    const offset = found?.partitions[0]?.offset
    if (offset === undefined) throw new LogUnreachable(`Kafka does not say where ${name} ${part} begins and ends`)
    return Number(offset)
  }

  async #fetch(topic: Topic, part: number, topicId: string, from: number, bytesMax: number, waitMs: number) {
    const key = `${topic}.${part}`
    const answer = await this.#reads.take(key, () =>
      this.#clients.consumer(key, waitMs, async (consumer) => {
        const name = this.#name(topic)
        const { topics } = await consumer.metadata({ topics: [name] })
        const leader = topics.get(name)?.partitions[part]?.leader ?? -1
        const partition = { partition: part, fetchOffset: BigInt(from), partitionMaxBytes: bytesMax }
        const unknown = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
        const wanted = [{ topicId, partitions: [{ ...partition, ...unknown }] }]
        return consumer.fetch({ node: leader, topics: wanted, maxBytes: bytesMax, minBytes: 1, maxWaitTime: waitMs })
      }),
    )
    return loggedRuns(answer, from)
  }
}

/** A batch is handed out whole, also when it began before what was asked for. */
function loggedRuns({ responses }: fetchV17.FetchResponse, from: number): LoggedRun[] {
  const batches = responses.flatMap(({ partitions }) => partitions.flatMap(({ records }) => records ?? []))
  return batches.flatMap(({ firstOffset, records }) =>
    records.flatMap(({ offsetDelta, key, value, headers }) => {
      const offset = Number(firstOffset) + offsetDelta
      const place = headers.find(([name]) => name?.toString() === 'run')?.[1]?.toString() ?? ''
      const [, first, to, count] = /^(\d+) (\d+) (\d+)$/.exec(place) ?? []
      if (offset < from) return []
      if (!key || !value || count === undefined) throw new LogUnreachable(`what stands at ${offset} is not a run`)
      const run = { source: key.toString(), from: Number(first), to: Number(to), count: Number(count) }
      return [{ ...run, lines: Buffer.from(value), offset }]
    }),
  )
}
