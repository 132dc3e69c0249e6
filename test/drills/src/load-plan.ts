import type { Criticality } from '@gala/contracts'

/** One sort of request in the mix. */
export interface Sort {
  criticality: Criticality
  method: 'GET' | 'POST'
  /** With `:event` and `:page` where one is chosen, here and in the body; `:seq` counts, `:run` is who asks with which seed, `:now` the time. */
  path: string
  body?: string
  /** Asked by one of the viewers of the plan. */
  token?: true
  /** Of all requests. */
  share: number
}

/** What the load generator is told to do. */
export interface LoadPlan {
  url: string
  events: string[]
  /** Tokens of viewers. */
  viewers?: string[]
  pages: number
  /** Zipf's exponent: the earlier an event stands in the list, the more it is asked for; 0, when left out: all alike. */
  zipf?: number
  sorts: Sort[]
  /** Requests a second, arriving by chance; 0: each connection asks as soon as it has its answer. */
  ratePerS: number
  connections: number
  durationMs: number
  seed: number
  /** Asks to the tenth of a millisecond instead of to the millisecond, and looks that often. */
  close?: true
}

export interface Outcomes {
  offered: number
  /** 2xx, made or kept as good as made now, within a second of when it was meant to be sent. */
  good: number
  /** 2xx within a second from a copy marked as old. */
  old: number
  /** 2xx after more than a second. */
  late: number
  /** 503, 429, or 404 because it is switched off. */
  refused: number
  /** No answer within two seconds, or a broken one. */
  failed: number
}

/** In milliseconds. */
export interface Times {
  mean: number
  p50: number
  p99: number
  p999: number
}

/** Of one sort of request. */
interface SortResult extends Times {
  offered: number
  /** 2xx, whenever. */
  answered: number
  /** Of them from the memory of whom was asked. */
  hits: number
}

export interface LoadResult {
  /** In the order of the plan; from when a request was meant to be sent. */
  sorts: SortResult[]
  byClass: Record<Criticality, Outcomes>
  /** The same in slices of half a second, by when a request was meant to be sent. */
  slices: Record<Criticality, Outcomes>[]
  /** Of every 200, from when it was meant to be sent. */
  answeredMs: Times
  refusedMs: Times
  durationMs: number
  /** Received in answers, heads included. */
  bytes: number
  /** Part of its core the generator used: near 1, it and not the server would be what is measured. */
  generatorBusy: number
  /** How long a request waited for the generator itself although a connection was free. */
  generatorLateMs: number
}

export const sliceMs = 500
export const inTimeMs = 1_000
export const patienceMs = 2_000
