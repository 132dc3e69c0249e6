/** What a frame of a WebSocket holds (RFC 6455, section 5.2). */
const opcodes = { binary: 0x2, ping: 0x9 } as const

/**
 * A whole message as a server sends it, unmasked: made once, and the same bytes are written to every socket. Those of the payload
 * are the last of it.
 */
export function framed(payload: Uint8Array, kind: keyof typeof opcodes = 'binary'): Buffer {
  const { length } = payload
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafeSlow(headBytes + length)
  frame[0] = 0x80 | opcodes[kind]
  if (headBytes === 2) frame[1] = length
  else if (headBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(payload, headBytes)
  return frame
}
