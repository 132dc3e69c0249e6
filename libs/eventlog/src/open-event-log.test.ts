import { createServer } from 'node:net'
import { systemClock } from '@gala/kernel'
import { afterEach, describe, expect, it } from '@jest/globals'
import { brokersOf } from './ask-kafka.js'
import { run } from './builders.js'
import { LogUnreachable } from './event-log.js'
import { KafkaEventLog } from './kafka-event-log.js'
import { parseKafkaUrl } from './kafka-url.js'
import { isEventLogUrl, openEventLog } from './open-event-log.js'
import { RedisEventLog } from './redis-event-log.js'

describe('the address of an event log', () => {
  it.each([
    ['kafka://k-1:9092', { brokers: [{ host: 'k-1', port: 9092 }], tls: false }],
    [
      'kafka://k-1,[::1]:9093/',
      {
        brokers: [
          { host: 'k-1', port: 9092 },
          { host: '::1', port: 9093 },
        ],
        tls: false,
      },
    ],
    ['kafka+tls://gala:p%40ss@k-1:9094', { brokers: [{ host: 'k-1', port: 9094 }], tls: true, password: 'p@ss' }],
  ])('is read from %s', (url, wanted) => {
    expect(parseKafkaUrl(url)).toMatchObject(wanted)
    expect(isEventLogUrl(url)).toBe(true)
  })

  it.each(['kafka://', 'kafka://k:0', 'kafka://k:70000', 'kafka://user@k:1', 'http://k:1', 'kafka://k:1/topic'])(
    'is not %s',
    (url) => expect([parseKafkaUrl(url), isEventLogUrl(url)]).toEqual([undefined, false]),
  )

  it('says which log it is', async () => {
    const options = { prefix: 'gala:', parts: 2, clock: systemClock, onError: () => {} }
    const logs = [openEventLog('kafka://127.0.0.1:1', options), openEventLog('redis://127.0.0.1:1', options)]
    expect(logs.map((log) => log.constructor)).toEqual([KafkaEventLog, RedisEventLog])
    expect(() => openEventLog('ftp://127.0.0.1', options)).toThrow(/address/)
    for (const log of logs) {
      const failures = [log.append('requests', run('s')), log.read('requests', 0, 0, 1, 10), log.bounds('requests', 0)]
      for (const failure of failures) await expect(failure).rejects.toThrow(LogUnreachable)
      await log.close()
    }
  })
})

describe('asking a broker', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  /** @returns its port; it says the same to everybody who asks something. */
  const serving = async (answer: Buffer | 'nothing' | 'goodbye', heard: Buffer[] = []) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk)
        if (answer === 'goodbye') socket.end()
        else if (answer !== 'nothing') for (const byte of answer) socket.write(Buffer.of(byte))
      })
      closing.push(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    return (server.address() as { port: number }).port
  }
  const answering = (brokers: number) => {
    const answer = Buffer.alloc(12)
    answer.writeInt32BE(8, 0)
    answer.writeInt32BE(1, 4)
    answer.writeInt32BE(brokers, 8)
    return answer
  }

  it('tells how many there are, in a frame as long as it says', async () => {
    const heard: Buffer[] = []
    const port = await serving(answering(3), heard)
    expect(await brokersOf('127.0.0.1', port, 2_000)).toBe(3)
    const question = Buffer.concat(heard)
    expect([question.readInt32BE(0), question.readInt16BE(4), question.readInt16BE(6)]).toEqual([
      question.length - 4,
      3,
      1,
    ])
  })

  it.each([
    ['knows of no broker', answering(0)],
    ['does not answer', 'nothing' as const],
    ['hung up', 'goodbye' as const],
  ])('says when it %s', async (why, answer) => {
    await expect(brokersOf('127.0.0.1', await serving(answer), 100)).rejects.toThrow(why)
  })

  it('says when nobody is there', async () => {
    await expect(brokersOf('127.0.0.1', 1, 1_000)).rejects.toThrow('ECONNREFUSED')
  })
})
