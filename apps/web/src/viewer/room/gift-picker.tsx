import { shortCount } from '../../format/counts.js'
import type { GiftItem } from './use-gifts.js'

/** What can be given, each by one tap: more of the same add up in the room. */
export function GiftPicker({ gifts, onGive }: { gifts: readonly GiftItem[]; onGive: (kind: string) => void }) {
  return (
    <ul className="gifts" aria-label="礼物 Gifts" data-testid="gifts">
      {gifts.map(({ kind, title, value }) => (
        <li key={kind}>
          <button type="button" data-testid={`gift-${kind}`} onClick={() => onGive(kind)}>
            <span lang="zh">{title}</span>
            <small>{shortCount(value)}</small>
          </button>
        </li>
      ))}
    </ul>
  )
}
