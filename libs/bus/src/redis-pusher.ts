import type { Redis } from 'ioredis'
import type { ChangeBus, PushedValue } from './bus.js'
import type { Keyspace } from './keyspace.js'
import { keyspaceOf } from './redis-client.js'
import { sendScript } from './redis-scripts.js'

/** What goes to every subscriber of a data centre: over the node that changes go over. */
export async function sendMessage(redis: Pick<Redis, 'eval'>, keys: Keyspace, message: object): Promise<void> {
  await redis.eval(sendScript, 1, keys.ring, keys.channel, JSON.stringify(message))
}

/** Only the sending of values, over a connection of the caller's: for the bus of a data centre one does not listen to. */
export class RedisPusher implements Pick<ChangeBus, 'push'> {
  readonly #keys: Keyspace

  constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    redisUrl: string,
    keyPrefix: string,
  ) {
    this.#keys = keyspaceOf(redisUrl, keyPrefix)
  }

  async push(value: PushedValue): Promise<void> {
    await sendMessage(this.redis, this.#keys, { value })
  }
}
