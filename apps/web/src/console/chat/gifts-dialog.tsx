import { useState } from 'react'
import { useSession } from '../session.js'
import { HeldAct } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import { type GiftItem, giftLines } from './gift-edits.js'

interface Catalogue {
  items: GiftItem[]
  version: number
}

/** Saves the catalogue, with a look at what that changes. */
export function GiftsDialog(props: {
  /** The newest there is. */
  catalogue: Catalogue
  items: GiftItem[]
  onDone: (said: string) => void
  onRefresh: () => Promise<void>
  onClose: () => void
}) {
  const { catalogue, items, onDone, onRefresh, onClose } = props
  const { api } = useSession()
  const [seen, setSeen] = useState(catalogue)
  const acting = useAct(onClose)
  const changed = !acting.busy && catalogue.version !== seen.version
  const theirs = giftLines(seen.items, catalogue.items)
  return (
    <HeldAct
      title="Save the catalogue of gifts"
      hold="✦ Hold: save it"
      testId="hold-gifts"
      acting={acting}
      meanwhile={changed ? { who: 'Somebody', at: '', reason: '', lines: theirs } : undefined}
      onAgain={() => setSeen(catalogue)}
      send={async (reason) => {
        const { data } = await api.rooms.saveGifts({ body: { items, expectedVersion: seen.version, reason } })
        return `the gifts are saved as version ${data.version}`
      }}
      {...{ onDone, onRefresh, onClose }}
    >
      <ul className="plain" data-testid="gifts-differ">
        {giftLines(seen.items, items).map(({ place, from, to }) => (
          <li key={place}>
            {place}: {from} → <b>{to}</b>
          </li>
        ))}
      </ul>
    </HeldAct>
  )
}
