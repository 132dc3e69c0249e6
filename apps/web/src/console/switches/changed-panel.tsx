import { Alert, Button, Text } from '@mantine/core'
import { dayAndTime } from '../../format/times.js'
import type { Meanwhile } from './changed.js'

/** Somebody was faster: who, when, and from what to what; the act can be decided on again on top of that. */
export function ChangedPanel({ meanwhile, onAgain }: { meanwhile: Meanwhile; onAgain: () => void }) {
  const { who, at, reason, lines } = meanwhile
  return (
    <Alert color="orange" role="alert" data-testid="conflict" title={`${who} changed it in the meantime`}>
      <ul className="plain">
        {lines.map(({ place, from, to }) => (
          <li key={place}>
            {place}: {from} → <b>{to}</b>
          </li>
        ))}
        {lines.length === 0 && <li>It is as it was again, with a newer revision.</li>}
      </ul>
      <Text size="sm" my="xs">
        {at !== '' && dayAndTime(at)} {reason !== '' && `“${reason}”`} Nothing of yours was done.
      </Text>
      <Button size="xs" data-testid="decide-again" onClick={onAgain}>
        I have seen it, let me decide again
      </Button>
    </Alert>
  )
}
