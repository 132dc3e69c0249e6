export { loopback } from './addresses.js'
export { FrameReader, maskedFrame, opcodes } from './frame-reader.js'
export { RawSocket, type RawSocketEvents, type RawSocketOptions } from './raw-socket.js'
