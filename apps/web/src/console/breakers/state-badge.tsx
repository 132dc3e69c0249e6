import type { BreakerState } from '@gala/contracts'
import { Badge } from '@mantine/core'
import { states } from './breaker-words.js'

export function StateBadge({ state }: { state: BreakerState }) {
  const { color, shape } = states[state]
  return (
    <Badge color={color} variant="light" tt="none" className="whole">
      {shape} {state}
    </Badge>
  )
}
