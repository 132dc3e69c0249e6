/** One database server, for whoever decides which of them takes writes. Rights beyond the schema are needed for all of it. */
export interface DatabaseServer {
  /** @throws when the server does not answer in time. */
  state(): Promise<ServerState>
  /**
   * Lets transactions of this token commit for `forMs` from now, by the server's own clock. `safe`: whatever it acknowledges has
   * reached another server; remembered, for when it comes back and holds what nobody else does.
   */
  renew(token: number, forMs: number, safe: boolean): Promise<void>
  /** No transaction commits from here on. Safe at any time and again. */
  fence(): Promise<void>
  /**
   * Makes it the writer: applies what it has received, follows nobody any more, and takes transactions of this token for
   * `forMs`. `gap` is left between the newest position and the next, so that what another server may have handed out beyond it
   * is never mistaken for a change of this one. Commits wait for no replica until `setSemiSync`.
   * @throws when it has not applied everything within `applyWithinMs`; it takes no writes then.
   */
  open(token: number, forMs: number, options: { gap: number; applyWithinMs: number }): Promise<void>
  /**
   * Makes it a replica of the server at this address, which writes under this token. Does nothing when it is.
   * @returns what it was found to be. Once it has changes of that token from there, nothing exists on it alone: it is safe.
   */
  follow(source: SourceAddress, token: number): Promise<ServerState>
  /**
   * Makes it a copy of the writer at `url`, and lets it follow from there: what only this one had is gone. It answers meanwhile.
   * @throws when there are more than `rowsMax` rows to copy.
   */
  rebuild(url: string, rowsMax: number): Promise<void>
  /** Whether a commit waits until a replica has it. */
  setSemiSync(on: boolean): Promise<void>
  close(): Promise<void>
}

export interface SourceAddress {
  host: string
  port: number
  user: string
  password: string
}

export interface ServerState {
  readOnly: boolean
  /** Of the last time it was the writer; 0: never. */
  token: number
  /** Everything it acknowledged as the writer has reached another server. */
  safe: boolean
  /** Newest change position it holds; undefined before the schema is there. */
  position: number | undefined
  /** What it has written or applied, in the server's own notation of transactions (GTID). */
  applied: string
  replication: Replication | undefined
  semiSync: { on: boolean; replicas: number; waiting: number; confirmed: number }
}

export interface Replication {
  from: string
  running: boolean
  /** What it has received, as `applied`. */
  received: string
  /** Nothing that was received waits to be applied. */
  drained: boolean
  /** It holds transactions its source does not know: following is refused until it is built anew. */
  diverged: boolean
  error: string | undefined
  behindS: number | undefined
}
