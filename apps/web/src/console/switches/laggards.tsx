import { useDesk } from './desk.js'
import { behind } from './switch-figures.js'

/** Names shown before the rest is counted. */
const shownMax = 3

/** Processes that do not obey the newest orders, and why; nothing while all of them do. */
export function Laggards() {
  const late = behind(useDesk().log.board)
  return (
    <div className="warned" role="status" data-testid="laggards">
      {late.length > 0 && `▲ ${late.length} behind: `}
      {late
        .slice(0, shownMax)
        .map(({ name, why }) => `${name}, ${why}`)
        .join('; ')}
      {late.length > shownMax && ` and ${late.length - shownMax} more`}
    </div>
  )
}
