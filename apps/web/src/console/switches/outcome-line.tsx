import { duration } from '../../format/amounts.js'
import { useDesk } from './desk.js'

/** How far the last act from this page has got. */
export function OutcomeLine() {
  const { outcome, log } = useDesk()
  return (
    <div role="status" data-testid="outcome">
      {outcome && <Words {...outcome} processes={log.board.processes} lastAckMs={lastAckOf(outcome.position, log)} />}
    </div>
  )
}

function Words(props: {
  what: string
  position: number
  proposal: unknown
  processes: ReturnType<typeof useDesk>['log']['board']['processes']
  lastAckMs: number | undefined
}) {
  const { what, position, proposal, processes, lastAckMs } = props
  if (proposal !== null) return <>◆ {what}: proposed, another operator has to confirm it.</>
  const waiting = processes.filter((of) => of.position === null || of.position < position)
  return (
    <>
      {waiting.length > 0 ? '▲' : '✓'} {what}: applied by{' '}
      <b data-testid="outcome-count">
        {processes.length - waiting.length} of {processes.length}
      </b>
      {waiting.length > 0 && `, waiting for ${waiting.map(({ name }) => name).join(', ')}`}
      {lastAckMs !== undefined && `, the last after ${duration(lastAckMs)}`}
    </>
  )
}

function lastAckOf(position: number, { board }: ReturnType<typeof useDesk>['log']): number | undefined {
  return board.switches.find(({ receipts }) => receipts?.position === position)?.receipts?.lastAckMs ?? undefined
}
