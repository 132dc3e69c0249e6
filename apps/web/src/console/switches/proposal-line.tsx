import type { Proposal } from '@gala/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { useServerNow, useWhyNot } from './desk.js'
import { leftOf, proposalWords } from './switch-words.js'
import { type Verdict, VerdictDialog } from './verdict-dialog.js'

/** An act that waits for a second person, and the means to be that person. */
export function ProposalLine({ proposal }: { proposal: Proposal }) {
  const { subject } = useSession()
  const nowMs = useServerNow()
  const cannot = useWhyNot()
  const [verdict, setVerdict] = useState<Verdict>()
  const own = proposal.actor === subject
  const whyNot = cannot ?? (own ? 'You proposed it: somebody else has to confirm.' : undefined)
  return (
    <div className="proposal" data-testid={`proposal-${proposal.key ?? 'level'}`}>
      <span>
        <b>◆ {proposalWords(proposal)}</b> proposed by {proposal.actor}, {leftOf(proposal, nowMs)}: “{proposal.reason}”
        {whyNot && <i className="dim"> {whyNot}</i>}
      </span>
      <span className="row">
        <Button
          size="compact-sm"
          data-testid="confirm"
          disabled={whyNot !== undefined}
          title={whyNot}
          onClick={() => setVerdict('confirm')}
        >
          Confirm…
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          data-testid="withdraw"
          disabled={cannot !== undefined}
          title={cannot}
          onClick={() => setVerdict('withdraw')}
        >
          Withdraw…
        </Button>
      </span>
      {verdict && <VerdictDialog proposal={proposal} verdict={verdict} onClose={() => setVerdict(undefined)} />}
    </div>
  )
}
