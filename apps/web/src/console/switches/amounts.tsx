import type { Plan } from '@gala/contracts'
import { bytes } from '../../format/amounts.js'
import { amount } from './switch-figures.js'

/** What is saved in a thousand requests. */
export function Amounts({ of }: { of: Plan['predicted'] }) {
  return (
    <dl className="figures">
      <dt>Processor time</dt>
      <dd>{amount(of.cpuMs)} ms</dd>
      <dt>Redis commands</dt>
      <dd>{amount(of.redisCommands)}</dd>
      <dt>Rows read</dt>
      <dd>{amount(of.rowsRead)}</dd>
      <dt>Sent</dt>
      <dd>{bytes(Math.max(0, Math.round(of.bytesSent)))}</dd>
    </dl>
  )
}
