import { type BinaryReader, type BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Gift, RoomControl, RoomState } from './message.js'
import { type Fields, number, readInto } from './wire.js'

/** Messages of `im.proto` that stand in blocks and in frames. */
export function writeGift(writer: BinaryWriter, field: number, { kind, count, value }: Gift) {
  writer.tag(field, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(kind)
  number(writer, 2, count)
  number(writer, 3, value)
  writer.join()
}

const giftFields: Fields<Gift> = { 1: ['kind', 'string'], 2: ['count', 'uint32'], 3: ['value', 'uint32'] }

export const readGift = (reader: BinaryReader): Gift => readInto(reader, giftFields, { kind: '', count: 0, value: 0 })

export function writeControl(writer: BinaryWriter, field: number, { act, target, value }: RoomControl) {
  writer.tag(field, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(act)
  writer.tag(2, WireType.LengthDelimited).string(target)
  number(writer, 3, value)
  writer.join()
}

type AnyControl = Omit<RoomControl, 'act'> & { act: string }
const controlFields: Fields<AnyControl> = {
  1: ['act', 'string'],
  2: ['target', 'string'],
  3: ['value', 'uint32'],
}

/** An act of a later release is handed on: who does not know it leaves it alone. */
export const readControl = (reader: BinaryReader): RoomControl =>
  readInto<AnyControl>(reader, controlFields, { act: '', target: '', value: 0 }) as RoomControl

export function writeState(writer: BinaryWriter, field: number, state: RoomState) {
  writer.tag(field, WireType.LengthDelimited).fork()
  if (state.online !== undefined) writer.tag(1, WireType.Varint).uint64(state.online)
  if (state.likes !== undefined) writer.tag(2, WireType.Varint).uint64(state.likes)
  if (state.level !== undefined) writer.tag(3, WireType.Varint).uint32(state.level)
  if (state.programme !== undefined) writer.tag(4, WireType.LengthDelimited).string(state.programme)
  if (state.slowS !== undefined) writer.tag(5, WireType.Varint).uint32(state.slowS)
  if (state.chat !== undefined) writer.tag(6, WireType.Varint).bool(state.chat)
  writer.join()
}

const stateFields: Fields<Required<RoomState>> = {
  1: ['online', 'whole'],
  2: ['likes', 'whole'],
  3: ['level', 'uint32'],
  4: ['programme', 'string'],
  5: ['slowS', 'uint32'],
  6: ['chat', 'bool'],
}

/** What is said in two parts is one state. */
export const readState = (reader: BinaryReader, into: RoomState = {}): RoomState =>
  readInto(reader, stateFields, into as Required<RoomState>)
