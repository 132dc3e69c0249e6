import type { Saving } from '@gala/contracts'
import { amount } from './switch-figures.js'

const day = (iso: string) => new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })

/** What a rung saves, with the day it was measured: a figure nobody has looked at for a month is marked. */
export function SavingText({ saving, short = false }: { saving: Saving | undefined; short?: boolean }) {
  if (!saving) return <span className="warned">▲ never measured</span>
  const { rung, cpuMs, measuredAt, old } = saving
  return (
    <span>
      {short ? `${rung} ` : 'It saves '}
      <b>{amount(cpuMs.value)}</b> {short ? 'ms' : 'ms of processor time in 1,000 requests, measured'}{' '}
      <span className={old ? 'warned' : 'dim'}>{old ? `▲ ${day(measuredAt)}, old` : day(measuredAt)}</span>
    </span>
  )
}
