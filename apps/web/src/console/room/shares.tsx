import type { Traffic } from '@gala/contracts'
import { percent } from '../../format/amounts.js'

/** How the audience is divided between the data centres. */
export function Shares({ traffic }: { traffic: readonly Traffic[] }) {
  return (
    <section className="shares" aria-label="Traffic shares">
      {traffic.map(({ dc, share }) => (
        <div key={dc} className="share" style={{ flexGrow: Math.max(0.12, share) }} data-testid={`share-${dc}`}>
          <b>{dc}</b> {percent(share, 1)}
        </div>
      ))}
    </section>
  )
}
