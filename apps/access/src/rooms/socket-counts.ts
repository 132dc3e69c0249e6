/** What is counted of long connections. */
export interface SocketCounts {
  wrote(bytes: number, messages: number): void
  /** From the newest, from where it was, or with something missing between. */
  opened(how: 'new' | 'whole' | 'gap'): void
}
