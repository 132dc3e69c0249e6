import type { EventReport } from '@gala/contracts'

/** What is looked at while an event lasts, and in what. */
const units = {
  online: 'browsers',
  'likes a second': 'likes',
  'requests a second, of all events': 'requests',
  'time to answer, 99 of 100, of all events': 'ms',
} as const
export type PeakName = keyof typeof units

/** As a report tells them, in their order. */
export function toPeaks(rows: readonly { name: string; value: number; at: Date }[]): EventReport['peaks'] {
  return (Object.keys(units) as PeakName[]).flatMap((name) => {
    const row = rows.find((of) => of.name === name)
    return row ? [{ name, value: Math.round(row.value * 10) / 10, unit: units[name], at: row.at.toISOString() }] : []
  })
}
