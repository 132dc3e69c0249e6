import { type WordList, wordActs } from '@gala/contracts'
import { Group, NativeSelect, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { whole } from '../../format/amounts.js'
import { useSession } from '../session.js'
import type { Meanwhile } from '../switches/changed.js'
import { HeldAct } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import { actWords } from './setting-words.js'
import { readWords, type WordsDifference, wordsDiffer, wordsFlaw, wordsMax } from './word-text.js'

const acts = ['room', ...wordActs] as const
/** Of each kind; the counts tell of the rest. */
const namedMax = 60

/** Edits one list as a text, one word a line; shows what that changes before it is saved. */
export function WordsDialog(props: {
  /** undefined: a new one. */
  list: WordList | undefined
  cannot: string | undefined
  onDone: (said: string) => void
  onRefresh: () => Promise<void>
  onClose: () => void
}) {
  const { list, cannot, onDone, onRefresh, onClose } = props
  const { api } = useSession()
  const [seen, setSeen] = useState(list)
  const [draft, setDraft] = useState(() => draftOf(list))
  const acting = useAct(onClose)
  const read = readWords(draft.text)
  const differ = wordsDiffer(seen?.words ?? [], read.words)
  const changed = !acting.busy && list !== undefined && list.version !== seen?.version
  const same = seen && seen.title === draft.title.trim() && seen.act === draft.act && !differs(differ)
  const flaw = cannot ?? flawOf(draft) ?? wordsFlaw(read) ?? (same ? 'Nothing is changed yet.' : undefined)
  return (
    <HeldAct
      wide
      title={seen ? `Words: ${seen.title}` : 'A new list of words'}
      hold="⚑ Hold: screen by it"
      testId="hold-words"
      flaw={flaw}
      acting={acting}
      meanwhile={changed && seen ? listChanged(seen, list) : undefined}
      onAgain={() => setSeen(list)}
      send={async (reason) => {
        const { title, act, id } = draft
        const body = { title: title.trim(), act, words: read.words, expectedVersion: seen?.version ?? 0, reason }
        const { version } = (await api.rooms.saveWords({ params: { list: id }, body })).data
        return `${title.trim()} is saved as version ${version}`
      }}
      {...{ onDone, onRefresh, onClose }}
    >
      <Names draft={draft} fresh={!seen} onChange={(over) => setDraft((held) => ({ ...held, ...over }))} />
      <Textarea
        className="mono words-text"
        label="Words, one a line"
        data-testid="words-text"
        rows={12}
        spellCheck={false}
        value={draft.text}
        onChange={(event) => {
          const text = event.currentTarget.value
          setDraft((held) => ({ ...held, text }))
        }}
      />
      <Text size="sm" c="dimmed" data-testid="words-count">
        {whole(read.words.length)} of {whole(wordsMax)} words
        {read.repeated > 0 && `, ${whole(read.repeated)} repeated and left out`}
      </Text>
      <Difference differ={differ} />
    </HeldAct>
  )
}

interface Draft {
  id: string
  title: string
  act: WordList['act']
  text: string
}

const draftOf = (list: WordList | undefined): Draft => ({
  id: list?.id ?? '',
  title: list?.title ?? '',
  act: list?.act ?? 'room',
  text: list?.words.join('\n') ?? '',
})

function flawOf({ id, title }: Draft): string | undefined {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(id))
    return 'The id is lower-case letters, digits and inner dashes.'
  return title.trim() === '' ? 'Give it a title first.' : undefined
}

const differs = ({ added, removed }: WordsDifference) => added.length + removed.length > 0

function listChanged(seen: WordList, now: WordList): Meanwhile {
  const { added, removed } = wordsDiffer(seen.words, now.words)
  const words = {
    place: 'words',
    from: `${seen.words.length}`,
    to: `${now.words.length}: +${added.length} −${removed.length}`,
  }
  const lines = [
    { place: 'title', from: seen.title, to: now.title },
    { place: 'texts are', from: actWords[seen.act], to: actWords[now.act] },
  ].filter(({ from, to }) => from !== to)
  return {
    who: now.updatedBy,
    at: now.updatedAt,
    reason: '',
    lines: added.length + removed.length > 0 ? [...lines, words] : lines,
  }
}

function Names(props: { draft: Draft; fresh: boolean; onChange: (over: Partial<Draft>) => void }) {
  const { draft, fresh, onChange } = props
  return (
    <Group align="flex-end" gap="sm">
      {fresh && (
        <TextInput
          label="Id"
          data-testid="words-id"
          autoComplete="off"
          maxLength={64}
          value={draft.id}
          onChange={(event) => onChange({ id: event.currentTarget.value })}
        />
      )}
      <TextInput
        className="grows"
        label="Title"
        data-testid="words-title"
        autoComplete="off"
        maxLength={120}
        value={draft.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
      />
      <NativeSelect
        label="Texts with them are"
        data-testid="words-act"
        value={draft.act}
        onChange={(event) => {
          const act = acts.find((of) => of === event.currentTarget.value)
          if (act) onChange({ act })
        }}
        data={acts.map((act) => ({ value: act, label: actWords[act] }))}
      />
    </Group>
  )
}

function Difference({ differ: { added, removed } }: { differ: WordsDifference }) {
  if (added.length + removed.length === 0) return null
  const named = (words: readonly string[]) =>
    `${words.slice(0, namedMax).join(' · ')}${words.length > namedMax ? ` … and ${whole(words.length - namedMax)} more` : ''}`
  return (
    <section className="words-differ" aria-label="What is changed" data-testid="words-differ">
      <p>
        <b data-tone="good" className="toned">
          ＋ {whole(added.length)} added
        </b>{' '}
        {named(added)}
      </p>
      <p>
        <b data-tone="bad" className="toned">
          − {whole(removed.length)} removed
        </b>{' '}
        {named(removed)}
      </p>
    </section>
  )
}
