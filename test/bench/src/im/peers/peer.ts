/** A server that is measured, running and alone on its core. */
export interface Peer {
  host: string
  port: number
  room: string
  pid: number
  /** Says something to everybody in the room. Resolves when the server has taken it. */
  publish: (text: string) => Promise<void>
  end: () => Promise<void>
}
