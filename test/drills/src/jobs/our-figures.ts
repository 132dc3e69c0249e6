import { atMost, type Figure, quantile, told } from '../report.js'
import type { Findings, LedgerRow } from './oracle.js'
import {
  type Disturbance,
  type Lateness,
  type LeaseSeen,
  latenessByKind,
  latenessOf,
  takeOverMs,
  takeOverWindows,
  unexplained,
  type Window,
} from './windows.js'

const lateMsMax = 1_000
const lateInWindowMsMax = 3_000
const takeOverMsMax = 2_000

export interface Run {
  fromMs: number
  toMs: number
  rows: readonly LedgerRow[]
  found: Findings
  /** Why faults could not be made. */
  undone: readonly string[]
  leases: readonly LeaseSeen[]
  disturbances: readonly Disturbance[]
  pauses: readonly (Window & { dc: string })[]
}

export function ourFigures({ fromMs, toMs, rows, found, undone, leases, disturbances, pauses }: Run): Figure[] {
  const windows = takeOverWindows(disturbances, leases)
  const kills = disturbances.filter(({ kind }) => kind === 'kill')
  const { failed, lost, cancelled } = found.retries
  return [
    atMost('slots missing from the ledger', found.missing.length, '', 0),
    atMost('of these, of one data centre', found.missing.filter(({ dc }) => dc !== '').length, '', 0),
    atMost('slots in the ledger that no job has', found.surplus.length, '', 0),
    atMost('slots that ran twice', found.twice.length, '', 0),
    atMost('effects applied with a stale token', found.stale.length, '', 0),
    atMost('slots that ended well without their effect', found.withoutEffect.length, '', 0),
    atMost('slots that did not end well', found.notOk.length, '', 0),
    atMost('of these, still open', found.open, '', 0),
    atMost('faults that could not be made', undone.length, '', 0),
    ...lateFigures(latenessOf(rows, windows, pauses)),
    ...[...latenessByKind(rows, disturbances, windows)].flatMap(([kind, values]) => [
      told(`late around a ${kind}, p99`, quantile(values, 0.99), 'ms'),
      told(
        `late around a ${kind}, most`,
        values.reduce((most, each) => Math.max(most, each), 0),
        'ms',
      ),
    ]),
    ...kills.map((kill, i) => atMost(`take-over after kill ${i + 1}`, takeOverMs(kill, leases), 'ms', takeOverMsMax)),
    told('take-overs that nothing explains', unexplained(leases, windows, fromMs, toMs).length, ''),
    told('part of the time in take-over windows', (covered(windows, fromMs, toMs) / (toMs - fromMs)) * 100, '%'),
    told('slots', found.expected, ''),
    told('of these, of one data centre each', found.expectedLocal, ''),
    told('kills', kills.length, ''),
    told('run again after a failure', failed, ''),
    told('run again because the process was lost', lost, ''),
    told('run again after being cancelled', cancelled, ''),
  ]
}

/** Of no slots nothing can be said, and nothing is promised. */
function lateFigures({ outside, inside, paused }: Lateness): Figure[] {
  const p99 = (name: string, values: readonly number[], bound: number) =>
    values.length === 0 ? [] : [atMost(`${name}, p99`, quantile(values, 0.99), 'ms', bound)]
  const others = (name: string, values: readonly number[]) =>
    values.length === 0
      ? []
      : [
          told(`${name}, p50`, quantile(values, 0.5), 'ms'),
          told(
            `${name}, most`,
            values.reduce((most, each) => Math.max(most, each)),
            'ms',
          ),
        ]
  return [
    ...p99('late outside of take-over windows', outside, lateMsMax),
    ...others('late outside of take-over windows', outside),
    ...p99('late within take-over windows', inside, lateInWindowMsMax),
    ...others('late within take-over windows', inside),
    told('slots whose wait touched a take-over window', inside.length, ''),
    told('slots of a paused data centre alone', paused.length, ''),
    ...others('these after it went on', paused),
  ]
}

/** How much of a stretch lies in at least one window, in ms. */
function covered(windows: readonly Window[], fromMs: number, toMs: number): number {
  let sum = 0
  let reachedMs = fromMs
  for (const window of windows.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const begunMs = Math.max(reachedMs, window.fromMs)
    const endedMs = Math.min(toMs, window.toMs)
    sum += Math.max(0, endedMs - begunMs)
    reachedMs = Math.max(reachedMs, endedMs)
  }
  return sum
}
