import type { Slot } from '@gala/contracts'
import { doneShare } from './slot-words.js'

/** How far a run is, as far as it tells; nothing of a run that is not under way. */
export function RunProgress({ slot, label }: { slot: Slot; label: string }) {
  if (slot.state !== 'running') return null
  const share = doneShare(slot)
  const { progress } = slot
  return (
    <span className="run-progress">
      <span
        className="run-bar"
        role="progressbar"
        aria-label={`Progress of ${label}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== undefined && { 'aria-valuenow': Math.round(share * 100) })}
        data-unknown={share === undefined || undefined}
      >
        <span style={{ transform: `scaleX(${share ?? 1})` }} />
      </span>
      {progress && (
        <span className="dim">
          {progress.done} of {progress.total}
          {progress.note && `, ${progress.note}`}
        </span>
      )}
    </span>
  )
}
