import { type Misfire, overlaps } from '@gala/contracts'
import { NativeSelect, NumberInput, SimpleGrid, TextInput } from '@mantine/core'
import { type FormPart, type JobDraft, misfireOf } from './job-edits.js'
import { misfireWords, overlapWords } from './slot-words.js'

const misfires: readonly Misfire['policy'][] = ['skip', 'once', 'all', 'window']

type NumberField = {
  [K in keyof JobDraft]: JobDraft[K] extends string ? never : number extends JobDraft[K] ? K : never
}[keyof JobDraft]

/** How a job is run when not everything goes well; each choice says what it means. */
export function PolicyFields({ draft, flaws, onChange }: FormPart) {
  const amount = (field: NumberField, label: string, description: string) => (
    <NumberInput
      label={label}
      description={description}
      data-testid={`job-${field}`}
      min={0}
      hideControls
      value={draft[field]}
      error={flaws[field]}
      onChange={(value) => onChange({ [field]: value })}
    />
  )
  return (
    <fieldset className="part-of-form">
      <legend>How</legend>
      <NativeSelect
        label="When its time was missed"
        description={misfireWords(misfireOf(draft))}
        data-testid="job-misfire"
        value={draft.misfire}
        data={misfires}
        onChange={(event) => onChange({ misfire: misfires.find((of) => of === event.currentTarget.value) ?? 'once' })}
      />
      <NativeSelect
        label="When an earlier one still runs"
        description={overlapWords[draft.overlap]}
        data-testid="job-overlap"
        value={draft.overlap}
        data={[...overlaps]}
        onChange={(event) => onChange({ overlap: overlaps.find((of) => of === event.currentTarget.value) ?? 'skip' })}
      />
      <NativeSelect
        label="Where"
        description={
          draft.scope === 'global'
            ? 'One run for all data centres.'
            : 'One run in each data centre, which plans it itself.'
        }
        data-testid="job-scope"
        value={draft.scope}
        data={[
          { value: 'global', label: 'once for all' },
          { value: 'dc', label: 'in each data centre' },
        ]}
        onChange={(event) => onChange({ scope: event.currentTarget.value === 'dc' ? 'dc' : 'global' })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {draft.misfire === 'all' && amount('misfireMax', 'Missed runs at most', 'The newest so many')}
        {draft.misfire === 'window' &&
          amount('misfireWindowS', 'Missed runs up to, seconds', 'Older ones are left out')}
        {amount('graceS', 'Grace, seconds', 'No later than this is not missed')}
        {amount('timeoutS', 'Time to run, seconds', 'Then it is ended')}
        {amount('retriesMax', 'Tries again', 'So often after a failure')}
        {amount('backoffS', 'First after, seconds', 'Twice as long each time')}
        {amount('pauseAfter', 'Pauses after', 'So many failures in a row; empty: never')}
        {amount('shards', 'Parts', 'Each slot is run in so many')}
      </SimpleGrid>
      <TextInput
        label="Comes after"
        description="Ids of jobs whose newest slot has to have ended well before; with commas"
        data-testid="job-after"
        autoComplete="off"
        value={draft.after}
        error={flaws.after}
        onChange={(event) => onChange({ after: event.currentTarget.value })}
      />
    </fieldset>
  )
}
