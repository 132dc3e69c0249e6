import type { Clock } from '@gala/kernel'
import type { Admin, ConnectionOptions, Consumer, Producer } from '@platformatic/kafka'
import { LogUnreachable, waitMsMax } from './event-log.js'
import type { KafkaAddress } from './kafka-url.js'

export interface KafkaClientsOptions {
  address: KafkaAddress
  clock: Clock
  timeoutMs: number
}

type Library = typeof import('@platformatic/kafka')

/**
 * Connections to one Kafka. The library is loaded with the first question: what only leaves lines in files does without it. A consumer
 * has a connection of its own for each part, because a broker answers one connection in turn and a reading may wait.
 */
export class KafkaClients {
  #library: Promise<Library> | undefined
  #admin: Admin | undefined
  #producer: Producer | undefined
  readonly #consumers = new Map<string, Consumer>()
  #closed = false

  constructor(private readonly options: KafkaClientsOptions) {}

  admin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#asked(this.options.timeoutMs, ({ Admin }) => {
      this.#admin ??= new Admin(this.#base(this.options.timeoutMs))
      return work(this.#admin)
    })
  }

  producer<T>(work: (producer: Producer) => Promise<T>): Promise<T> {
    return this.#asked(this.options.timeoutMs, async ({ Producer }) => {
      this.#producer ??= new Producer(this.#base(this.options.timeoutMs))
      const producer = this.#producer
      return work(producer).catch((error) => {
        // The next one asks again who leads.
        producer.clearMetadata()
        throw error
      })
    })
  }

  /** @param key one part */
  consumer<T>(key: string, waitMs: number, work: (consumer: Consumer) => Promise<T>): Promise<T> {
    const timeoutMs = waitMs + this.options.timeoutMs
    return this.#asked(timeoutMs, async ({ Consumer }) => {
      // It joins no group; a name is asked for all the same.
      const open = () => new Consumer({ ...this.#base(waitMsMax + this.options.timeoutMs), groupId: 'none' })
      const consumer = this.#consumers.get(key) ?? open()
      this.#consumers.set(key, consumer)
      return work(consumer).catch((error) => {
        consumer.clearMetadata()
        throw error
      })
    })
  }

  async close() {
    this.#closed = true
    const all = [this.#admin, this.#producer, ...this.#consumers.values()]
    await Promise.allSettled(all.map((client) => client?.close()))
  }

  /** Nothing is tried again in here: whoever asks knows what is to be done about a failure. */
  #base(requestTimeoutMs: number) {
    const { address, timeoutMs } = this.options
    const { brokers, tls, username, password } = address
    const connection: ConnectionOptions = {
      connectTimeout: timeoutMs,
      requestTimeout: requestTimeoutMs,
      ...(tls && { tls: {} }),
      ...(username !== undefined &&
        password !== undefined && { sasl: { mechanism: 'SCRAM-SHA-512' as const, username, password } }),
    }
    return { clientId: 'gala', bootstrapBrokers: brokers, timeout: timeoutMs, retries: false, ...connection }
  }

  async #asked<T>(withinMs: number, work: (library: Library) => Promise<T>): Promise<T> {
    if (this.#closed) throw new LogUnreachable('the event log is closed')
    this.#library ??= import('@platformatic/kafka')
    const library = await this.#library
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      const why = `the event log in Kafka does not answer within ${withinMs} ms`
      cancel = this.options.clock.after(withinMs, () => reject(new LogUnreachable(why)))
    })
    try {
      if (this.#closed) throw new LogUnreachable('the event log is closed')
      return await Promise.race([work(library), late])
    } catch (error) {
      if (this.#closed) throw new LogUnreachable('the event log was closed', { cause: error })
      if (error instanceof LogUnreachable || !(error instanceof Error)) throw error
      throw new LogUnreachable(`the event log in Kafka: ${reasons(error).join(': ')}`, { cause: error })
    } finally {
      cancel()
    }
  }
}

/** Whether a broker has given this answer, by its name in the Kafka protocol, anywhere in an error. */
export function said(error: unknown, ...names: readonly string[]): boolean {
  if (!(error instanceof Error)) return false
  const { apiId } = error as { apiId?: string }
  return (apiId !== undefined && names.includes(apiId)) || inner(error).some((each) => said(each, ...names))
}

/** The library makes an error of its own of that answer. */
export function saidUnknownTopic(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const own = (error as { code?: string }).code === 'PLT_KFK_USER' && error.message.startsWith('Unknown topic')
  return own || said(error, 'UNKNOWN_TOPIC_OR_PARTITION') || inner(error).some(saidUnknownTopic)
}

const inner = (error: Error): unknown[] => [
  ...(error instanceof AggregateError ? error.errors : []),
  ...(error.cause ? [error.cause] : []),
]

/** From the outside to what was really the matter; errors of several attempts are many, and mostly the same. */
function reasons(error: Error): string[] {
  const first = inner(error).find((each) => each instanceof Error)
  return [error.message, ...(first ? reasons(first) : [])]
}
