import { connect } from 'node:net'

/** Metadata, version 1: what every broker since 0.10 answers, without its topics. Source: Kafka protocol guide. */
const apiKey = 3
const apiVersion = 1
const client = Buffer.from('gala-probe')
const answerBytesMax = 1024 * 1024

/** @returns how many brokers there are, by one of them. @throws when it does not answer that within `timeoutMs`. */
export function brokersOf(host: string, port: number, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) })
    let heard = Buffer.alloc(0)
    const fail = (why: string) => () => {
      socket.destroy()
      reject(new Error(`Kafka at ${host}:${port}: ${why}`))
    }
    socket.on('connect', () => socket.write(metadataRequest()))
    socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      fail(code === 'ABORT_ERR' ? 'does not answer' : (code ?? message))(),
    )
    socket.on('end', fail('hung up'))
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
      if (heard.length > answerBytesMax) return fail('says too much')()
      if (heard.length < 4 || heard.length < 4 + heard.readInt32BE(0)) return
      // After the length and the number of the question: an array of brokers.
      const brokers = heard.length >= 12 ? heard.readInt32BE(8) : 0
      if (brokers < 1) return fail('knows of no broker')()
      socket.destroy()
      resolve(brokers)
    })
  })
}

function metadataRequest(): Buffer {
  const message = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4)
  let at = message.writeInt32BE(message.length - 4)
  at = message.writeInt16BE(apiKey, at)
  at = message.writeInt16BE(apiVersion, at)
  at = message.writeInt32BE(1, at)
  at = message.writeInt16BE(client.length, at)
  at += client.copy(message, at)
  message.writeInt32BE(0, at)
  return message
}
