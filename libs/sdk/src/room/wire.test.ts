import { deflateRawSync } from 'node:zlib'
import { blockDictionary, encodeBlock, encodeServerFrame, type RoomMessage } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { knownCodings, undo } from './codings.js'
import { Wire } from './wire.js'
import { type Socket, socketUrl, thisWorld } from './world.js'

const packed = (bytes: Uint8Array) => new Uint8Array(deflateRawSync(bytes, { dictionary: blockDictionary }))

describe('codings of blocks', () => {
  it('are undone by what the runtime has', async () => {
    expect(knownCodings()).toContain('deflate')
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
    expect(await undo('deflate', packed(bytes))).toEqual(bytes)
  })

  it('fail for what is none, is cut off, or becomes too large, and take no more memory than that', async () => {
    await expect(undo('deflate', new Uint8Array([255, 255, 255, 255]))).rejects.toThrow()
    await expect(undo('deflate', packed(new Uint8Array(5_000)).slice(0, 8))).rejects.toThrow()
    await expect(undo('deflate', packed(new Uint8Array(50_000_000)))).rejects.toThrow('too large')
  })
})

describe('a wire', () => {
  const open = () => {
    const socket = { send: () => {}, close: () => {} } as unknown as Socket
    const seen: string[] = []
    const unpacked: Promise<unknown>[] = []
    const unpack: typeof undo = (...what) => {
      const bytes = undo(...what)
      unpacked.push(bytes)
      return bytes
    }
    const wire = new Wire({ ...thisWorld(), open: () => socket, undo: unpack }, 'ws://x', {
      opened: () => void seen.push('opened'),
      frame: (frame) => void seen.push(frame && 'block' in frame ? `block ${frame.block.number}` : `${frame?.kind}`),
      garbled: () => void seen.push('garbled'),
      closed: (code) => void seen.push(`closed ${code}`),
    })
    const says = (bytes: Uint8Array) => socket.onmessage?.({ data: new Uint8Array(bytes).buffer })
    return { socket, seen, wire, says, unpacked }
  }
  const block = (number: number, coding: 'plain' | 'deflate') => {
    const messages: RoomMessage[] = []
    const empty = { epoch: '0000000a', madeAtMs: 1, since: new Map(), to: new Map(), messages, state: {} }
    const bytes = encodeBlock({ ...empty, number, dropped: { chat: 0, notify: 0 } })
    return encodeServerFrame({ kind: 'block', coding, bytes: coding === 'plain' ? bytes : packed(bytes) })
  }

  it('keeps frames in their order though some have to be unpacked', async () => {
    const { seen, says } = open()
    for (const [number, coding] of [
      [1, 'deflate'],
      [2, 'plain'],
      [3, 'deflate'],
      [4, 'plain'],
    ] as const)
      says(block(number, coding))
    says(encodeServerFrame({ kind: 'pong', atMs: 1 }))
    while (seen.length < 5) await new Promise((done) => setImmediate(done))
    expect(seen).toEqual(['block 1', 'block 2', 'block 3', 'block 4', 'pong'])
  })

  it('says so when more comes than can be unpacked', () => {
    const { seen, says } = open()
    for (let i = 0; i < 300; i++) says(block(i, 'deflate'))
    expect(seen.filter((what) => what === 'garbled').length).toBe(300 - 256)
  })

  it('says nothing any more once it is hung up', async () => {
    const { socket, seen, wire, says, unpacked } = open()
    says(block(1, 'deflate'))
    wire.hangUp()
    says(block(2, 'plain'))
    socket.onclose?.({ code: 1000 })
    // Its own turn is over by then as well: promises settle in the order they were waited for.
    while (unpacked.length === 0) await new Promise((done) => setImmediate(done))
    await unpacked[0]
    await new Promise((done) => setImmediate(done))
    expect(seen).toEqual([])
  })

  it('takes an address that cannot be opened for a link that broke', async () => {
    const seen: number[] = []
    const refused = () => {
      throw new Error('not on this page')
    }
    const ignored = { opened: () => {}, frame: () => {}, garbled: () => {} }
    const wire = new Wire({ ...thisWorld(), open: refused }, 'ws://x', {
      ...ignored,
      closed: (code) => void seen.push(code),
    })
    await Promise.resolve()
    wire.send({ kind: 'ping', number: 1 })
    expect(seen).toEqual([1006])
  })

  it('finds an address that is relative to the platform', () => {
    expect(socketUrl('/v1/rooms/r/socket', 'https://a.gala.example')).toBe('wss://a.gala.example/v1/rooms/r/socket')
    expect(socketUrl('ws://b.gala.example:7210/x', 'https://a.gala.example')).toBe('ws://b.gala.example:7210/x')
  })
})
