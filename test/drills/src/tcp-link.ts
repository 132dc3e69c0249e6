import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP way to a port on loopback that can be cut: nothing passes, and nobody is told. */
export class TcpLink {
  readonly #pairs = new Set<[Socket, Socket]>()
  #cut = false

  private constructor(private readonly server: Server) {}

  static async open(to: number): Promise<TcpLink> {
    const server = createServer({ pauseOnConnect: true })
    const link = new TcpLink(server)
    server.on('connection', (near) => link.#join(near, to))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return link
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  cut() {
    this.#cut = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  mend() {
    this.#cut = false
    for (const pair of this.#pairs) for (const socket of pair) socket.resume()
  }

  close() {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    this.server.close()
  }

  #join(near: Socket, to: number) {
    const far = connect(to, '127.0.0.1')
    const pair: [Socket, Socket] = [near, far]
    this.#pairs.add(pair)
    const end = () => {
      this.#pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    near.on('data', (chunk) => far.write(chunk))
    far.on('data', (chunk) => near.write(chunk))
    for (const socket of pair) socket.on('close', end).on('error', end)
    if (this.#cut) far.pause()
    else near.resume()
  }
}
