import type { Timeline } from '@gala/contracts'
import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useHandlers } from '../jobs/use-handlers.js'
import { ChangedPanel } from '../switches/changed-panel.js'
import type { ActProps } from './act-dialog.js'
import { timelineHash } from './event-picker.js'
import { SaveDialog } from './save-dialog.js'
import { blankDraft, draftFlaws, draftsOf, givenSteps, type StepDraft, stepsMax } from './step-edits.js'
import { StepFields } from './step-fields.js'
import { inOrder } from './step-look.js'
import { useSeen } from './use-seen.js'

const heads = ['At', 'Key', 'Title', 'Does', 'With (JSON)', 'If it fails', 'No way back', '']

/** The steps of a script as a table to type into. Nothing is saved before its consequences have been looked at. */
export function StepEditor({ acts, cannot }: { acts: ActProps; cannot: string | undefined }) {
  const { timeline } = acts
  const handlers = useHandlers()
  const { drafts, flaws, touched, why, meanwhile, again, takeTheirs, change, remove, add } = useDrafts(timeline)
  const [saving, setSaving] = useState(false)
  const whyNot = cannot ?? why
  return (
    <section className="panel script" aria-label="Edit steps" data-testid="step-editor">
      {meanwhile && (
        <>
          <ChangedPanel meanwhile={meanwhile} onAgain={again} />
          <Button size="xs" variant="default" my="xs" onClick={takeTheirs}>
            Drop mine, begin again from theirs
          </Button>
        </>
      )}
      <div className="step-heads" aria-hidden>
        {heads.map((head) => (
          <span key={head}>{head}</span>
        ))}
      </div>
      <ol className="step-edits">
        {drafts.map((draft) => (
          <StepFields
            key={draft.row}
            draft={draft}
            flaws={flaws.get(draft.row) ?? {}}
            handlers={handlers}
            onChange={(over) => change(draft.row, over)}
            onRemove={() => remove(draft.row)}
          />
        ))}
      </ol>
      <div className="row step-foot">
        <Button
          size="xs"
          variant="default"
          data-testid="add-step"
          disabled={drafts.length >= stepsMax}
          onClick={() => add(handlers[0]?.name ?? '')}
        >
          ＋ Add a step
        </Button>
        <Button size="xs" variant="subtle" disabled={!touched} onClick={takeTheirs}>
          Put all back
        </Button>
        <span className="spacer" />
        <span className="dim" role="status">
          {whyNot}
        </span>
        <Button size="xs" data-testid="review-steps" disabled={whyNot !== undefined} onClick={() => setSaving(true)}>
          Review and save…
        </Button>
      </div>
      {saving && flaws.size === 0 && <SaveSteps acts={acts} drafts={drafts} onClose={() => setSaving(false)} />}
    </section>
  )
}

/** What is typed of the steps, what is wrong with it, and what others have changed since it was read. */
function useDrafts(timeline: Timeline) {
  const { seen, meanwhile, again } = useSeen(timeline, false)
  const fresh = useMemo(() => draftsOf(inOrder(seen.steps)), [seen])
  const [drafts, setDrafts] = useState<readonly StepDraft[]>(fresh)
  const flaws = draftFlaws(drafts)
  const touched = JSON.stringify(drafts) !== JSON.stringify(fresh)
  const wrong = flaws.size > 0 ? `${flaws.size} of the steps are not right yet.` : undefined
  return {
    drafts,
    flaws,
    touched,
    meanwhile,
    again,
    why: meanwhile ? 'Look at what has changed first.' : (wrong ?? (touched ? undefined : 'Nothing is changed yet.')),
    takeTheirs: () => {
      again()
      setDrafts(draftsOf(inOrder(timeline.steps)))
    },
    change: (row: number, over: Partial<StepDraft>) =>
      setDrafts((held) => held.map((draft) => (draft.row === row ? { ...draft, ...over } : draft))),
    remove: (row: number) => setDrafts((held) => held.filter((draft) => draft.row !== row)),
    add: (handler: string) => setDrafts((held) => [...held, blankDraft(held, handler)]),
  }
}

/** Looks at what the steps that are typed would change, and saves them; then the script is shown again. */
function SaveSteps(props: { acts: ActProps; drafts: readonly StepDraft[]; onClose: () => void }) {
  const { acts, drafts, onClose } = props
  return (
    <SaveDialog
      {...acts}
      title="Save the steps"
      hold="✎ Hold: save the steps"
      testId="hold-steps"
      done="the steps are saved"
      wish={{ steps: givenSteps(drafts) }}
      onDone={(said) => {
        acts.onDone(said)
        location.hash = timelineHash(acts.timeline.event.id)
      }}
      onClose={onClose}
    />
  )
}
