import type { DialectName } from './dialects.js'

/** What one process of viewers is to do. */
export interface CrowdPlan {
  dialect: DialectName
  host: string
  port: number
  /** Where tickets are had, for those who need one. */
  connectUrl: string
  room: string
  sockets: number
  /** The first of its addresses of loopback. */
  firstAddress: number
  /** So many of them read what they get; the others count it. */
  samples: number
  connectPerS: number
}

export type CrowdOrder = 'begin' | 'report' | 'stop'

export type CrowdWord =
  | { kind: 'ready'; ready: number; closed: number; why: Record<string, number> }
  | ({ kind: 'report' } & CrowdReport)

/** What has come since `begin`. */
export interface CrowdReport {
  /** Of all: frames with messages, what is in them, and everything that came. */
  frames: number
  payloadBytes: number
  wireBytes: number
  /** Of those who read. */
  sampledMessages: number
  sampledPayloadBytes: number
  delaysMs: number[]
  closed: number
  /** Processor time of the process, in seconds. */
  cpuS: number
  elapsedS: number
}
