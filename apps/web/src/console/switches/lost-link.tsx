import { span } from '../../format/times.js'
import { lostAfterMs, useBoardAge } from './desk.js'

/** Says how old everything below it is, once nothing comes any more. */
export function LostLink() {
  const ageMs = useBoardAge()
  return (
    <div role="alert">
      {ageMs > lostAfterMs && (
        <p className="lost" data-testid="lost-link">
          <b>▲ Link lost.</b> What you see is <b data-testid="lost-age">{span(ageMs)}</b> old and goes on getting older.
          Nothing can be done from here until it is back; processes keep the last orders.
        </p>
      )}
    </div>
  )
}
