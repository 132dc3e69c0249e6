import { BinaryReader, type BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A frame or a block that is not what `im.proto` says. */
export class MalformedFrame extends Error {}

/** More of anything than a frame or a block ever holds, and than its reader makes room for. */
export const entriesMax = 4_096

/** Calls a reader of untrusted bytes: whatever it stumbles over is the bytes' fault. @throws MalformedFrame */
export function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedFrame) throw error
    throw new MalformedFrame((error as Error).message, { cause: error })
  }
}

/** Every field of a message. `read` says whether it knows it, and has read it; the others are skipped. */
export function eachField(reader: BinaryReader, read: (field: number, wire: WireType) => boolean): void {
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (!read(field, wire)) reader.skip(wire, field)
    if (reader.pos > reader.len) throw new MalformedFrame('it ends too early')
  }
}

/** How values stand on the wire. */
const kinds = {
  string: { wire: WireType.LengthDelimited, read: (reader: BinaryReader) => reader.string() },
  bytes: { wire: WireType.LengthDelimited, read: (reader: BinaryReader) => reader.bytes() },
  uint32: { wire: WireType.Varint, read: (reader: BinaryReader) => reader.uint32() },
  whole: { wire: WireType.Varint, read: whole },
  bool: { wire: WireType.Varint, read: (reader: BinaryReader) => reader.bool() },
  epoch: { wire: WireType.Bit32, read: (reader: BinaryReader) => epochText(reader.fixed32()) },
}
type Kinds = typeof kinds
type KindOf<V> = { [K in keyof Kinds]: ReturnType<Kinds[K]['read']> extends V ? K : never }[keyof Kinds]

/** Which value of an object a field is, by its number, and how it stands there. */
export type Fields<T> = Readonly<Record<number, { [K in keyof T]-?: readonly [K, KindOf<T[K]>] }[keyof T]>>

/**
 * Reads a message into an object that holds what is not said; of what is said twice the last holds. `other` reads what is no
 * single value. A field on the wire in another way than its kind's is one that nobody knows (protobuf's encoding guide).
 */
export function readInto<T extends object>(
  reader: BinaryReader,
  fields: Fields<T>,
  into: T,
  other: (field: number, wire: WireType) => boolean = () => false,
): T {
  eachField(reader, (field, wire) => {
    const known = fields[field]
    if (!known) return other(field, wire)
    const { wire: expected, read } = kinds[known[1]]
    if (wire !== expected) return false
    into[known[0]] = read(reader) as T[keyof T]
    return true
  })
  return into
}

/** A message within a message. */
export const inner = (reader: BinaryReader): BinaryReader => new BinaryReader(reader.bytes())

/** A 64-bit number that JavaScript can hold. */
function whole(reader: BinaryReader): number {
  const value = Number(reader.uint64())
  if (!Number.isSafeInteger(value)) throw new MalformedFrame('a number is too large')
  return value
}

const uint32Max = 4_294_967_295

/** Left out when 0, as proto3 has it. */
export function number(writer: BinaryWriter, field: number, value: number) {
  if (value === 0) return
  writer.tag(field, WireType.Varint)
  // Twice as fast as going by way of two halves.
  if (value <= uint32Max) writer.uint32(value)
  else writer.uint64(value)
}

/** Left out when empty. */
export function string(writer: BinaryWriter, field: number, value: string) {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value)
}

/** Left out when false. */
export function flag(writer: BinaryWriter, field: number, value: boolean) {
  if (value) writer.tag(field, WireType.Varint).bool(true)
}

/** All of it in one field. Left out when empty. */
export function packed(
  writer: BinaryWriter,
  field: number,
  values: readonly number[],
  as: 'uint32' | 'sint32' = 'uint32',
) {
  if (values.length === 0) return
  writer.tag(field, WireType.LengthDelimited).fork()
  for (const value of values) writer[as](value)
  writer.join()
}

/** A repeated number, packed or not: a reader has to take both (protobuf's encoding guide). False when it is neither. */
export function unpack(reader: BinaryReader, wire: WireType, into: number[], one: () => number): boolean {
  if (wire === WireType.Varint) {
    take(into, one())
    return true
  }
  if (wire !== WireType.LengthDelimited) return false
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new MalformedFrame('it ends too early')
  while (reader.pos < end) take(into, one())
  if (reader.pos !== end) throw new MalformedFrame('a column ends within a number')
  return true
}

export function take<T>(into: T[], value: T, max = entriesMax) {
  if (into.length >= max) throw new MalformedFrame(`more than ${max} of something`)
  into.push(value)
}

export const epochNumber = (epoch: string) => Number.parseInt(epoch, 16)
const epochText = (epoch: number) => epoch.toString(16).padStart(8, '0')
