import { Button } from '@mantine/core'
import { useState } from 'react'
import { timeOfDay } from '../../format/times.js'
import type { Act } from './board-log.js'
import { useDesk, useWhyNot } from './desk.js'
import { Laggards } from './laggards.js'
import { OutcomeLine } from './outcome-line.js'
import { ProposalLine } from './proposal-line.js'
import { lastAct } from './undo.js'
import { UndoDialog } from './undo-dialog.js'

/** What was done last, how far it has got, the way back, and what waits for a second person. */
export function ActsPanel() {
  const { log, undone } = useDesk()
  const { board, acts } = log
  const cannot = useWhyNot()
  const [undoing, setUndoing] = useState<Act>()
  const act = lastAct(acts, undone)
  const proposals = [board.level.proposal, ...board.switches.map(({ proposal }) => proposal)].flatMap((of) => of ?? [])
  const whyNot = cannot ?? (act ? undefined : 'Nothing has been done since this page was opened.')
  return (
    <section className="panel acts" aria-label="Acts">
      <div className="row">
        <h2>Last act</h2>
        <Button
          size="compact-sm"
          variant="default"
          data-testid="undo"
          disabled={whyNot !== undefined}
          title={whyNot}
          onClick={() => setUndoing(act)}
        >
          ↶ Undo…
        </Button>
        <span className="cut">{act ? words(act, log.board) : <span className="dim">{whyNot}</span>}</span>
      </div>
      <OutcomeLine />
      <Laggards />
      {proposals.map((proposal) => (
        <ProposalLine key={proposal.id} proposal={proposal} />
      ))}
      {undoing && <UndoDialog act={undoing} onClose={() => setUndoing(undefined)} />}
    </section>
  )
}

function words(act: Act, board: ReturnType<typeof useDesk>['log']['board']): string {
  if (act.of === 'level') return `level, change ${act.rev}`
  const last = board.switches.find(({ key }) => key === act.key)?.last
  return last
    ? `${act.key} → ${last.state}, ${last.actor} ${timeOfDay(last.at)}: “${last.reason}”`
    : `${act.key}, change ${act.rev}`
}
