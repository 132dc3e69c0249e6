import type { Saving } from '@gala/contracts'
import { amount } from './switch-figures.js'

const day = (iso: string) => new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })

/** What a rung saves, with the day it was measured: a figure nobody has looked at for a month is marked. */
export function SavingText({ saving, rung = false }: { saving: Saving | undefined; rung?: boolean }) {
  if (!saving) return <span className="warned">▲ never measured</span>
  const { cpuMs, measuredAt, old } = saving
  return (
    <span className="saving">
      {rung && `${saving.rung} `}saves <b>{amount(cpuMs.value)}</b> CPU-ms/1k{' '}
      <span className={old ? 'warned' : 'dim'}>{old ? `▲ ${day(measuredAt)}, old` : day(measuredAt)}</span>
    </span>
  )
}
