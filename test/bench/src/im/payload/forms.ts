import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { type Block, blockDictionary, type Cursor, encodeBlock, type RoomMessage } from '@gala/contracts'
import protobuf from 'protobufjs'

const here = resolve(import.meta.dirname, '../../../../../test/bench')

/** The recorded messages. */
export const recorded = (): RoomMessage[] =>
  readFileSync(join(here, 'fixtures/room.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RoomMessage)

/** Bytes a message, on average over all whole blocks. */
export interface Size {
  form: string
  bytes: number
}

export const blockSizes = [15, 50] as const

/** The same messages in every form. Of JSON and plain protobuf only the messages are counted, of our blocks everything. */
export function sizesOf(messages: readonly RoomMessage[]): Size[] {
  const whole = messages.slice(0, messages.length - (messages.length % blockSizes[1]))
  return [
    { form: 'JSON', bytes: mean(whole.map((message) => Buffer.byteLength(JSON.stringify(message)))) },
    { form: 'protobuf, one by one', bytes: mean(whole.map(plainProtobuf())) },
    ...blockSizes.flatMap((size) => blockForms(messages, size)),
  ]
}

function blockForms(messages: readonly RoomMessage[], size: number): Size[] {
  const json = groups(messages, size).map((group) => Buffer.from(JSON.stringify(group)))
  const blocks = blocksOf(messages, size).map(encodeBlock)
  const perMessage = (sizes: readonly number[]) => mean(sizes) / size
  return [
    { form: `block of ${size}`, bytes: perMessage(blocks.map(({ length }) => length)) },
    { form: `block of ${size}, zstd`, bytes: perMessage(blocks.map((bytes) => zstd(bytes).length)) },
    {
      form: `block of ${size}, deflate without its dictionary`,
      bytes: perMessage(blocks.map((bytes) => deflated(bytes))),
    },
    { form: `block of ${size}, deflate`, bytes: perMessage(blocks.map((bytes) => deflated(bytes, blockDictionary))) },
    { form: `JSON of ${size}, deflate`, bytes: perMessage(json.map((bytes) => deflated(bytes))) },
  ]
}

const deflated = (bytes: Uint8Array, dictionary?: Uint8Array) =>
  deflateRawSync(bytes, { level: 6, ...(dictionary && { dictionary }) }).length
const zstd = (bytes: Uint8Array) =>
  zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_contentSizeFlag]: 0 },
  })

/** How a room sends them: each block goes on where the one before ended. */
export function blocksOf(messages: readonly RoomMessage[], size: number): Block[] {
  let since = cursorOf(messages.slice(0, size), -1)
  return groups(messages, size).map((group, i) => {
    const to = new Map([...since, ...cursorOf(group, 0)])
    const block: Block = {
      number: 90_000 + i,
      epoch: '1f9c04b2',
      madeAtMs: (group.at(-1)?.at ?? 0) + 180,
      since,
      to,
      messages: group,
      dropped: { chat: i % 7, notify: 0 },
      // Counts are told about once a second.
      state: i % 2 === 0 ? { online: 1_204_311 + i * 37, likes: 48_120_993 + i * 911 } : {},
    }
    since = to
    return block
  })
}

/** Where the newest message of each origin stands; with `-1`, just before the oldest. */
function cursorOf(messages: readonly RoomMessage[], before: 0 | -1): Cursor {
  const ordered = before === -1 ? messages.toReversed() : messages
  return new Map(
    ordered.map(({ id }) => {
      const [dc = '', epoch = '', seq] = id.split('.')
      return [dc, { epoch, seq: Number(seq) + before }]
    }),
  )
}

const groups = (messages: readonly RoomMessage[], size: number) =>
  Array.from({ length: Math.floor(messages.length / size) }, (_, i) => messages.slice(i * size, (i + 1) * size))

/** Length of a message as protobuf has it by itself. */
function plainProtobuf(): (message: RoomMessage) => number {
  const { root } = protobuf.parse(readFileSync(join(here, 'src/im/payload/message.proto'), 'utf8'))
  const type = root.lookupType('gala.bench.v1.Message')
  return ({ type: kind, at, ...message }) => {
    const said = type.fromObject({ ...message, type: kind.toUpperCase(), atMs: at })
    return type.encode(said).finish().length
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
