import type { JobHandlerInfo } from '@gala/contracts'
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { eventTimeWords } from '../jobs/time-words.js'
import type { StepDraft, StepField } from './step-edits.js'

/** One row of the step editor. What has begun can only be looked at. */
export function StepFields(props: {
  draft: StepDraft
  flaws: Partial<Record<StepField, string>>
  handlers: readonly JobHandlerInfo[]
  onChange: (over: Partial<StepDraft>) => void
  onRemove: () => void
}) {
  const { draft, flaws, handlers, onChange, onRemove } = props
  const name = draft.title || draft.key || 'new step'
  const input = (field: StepField, label: string) => ({
    label,
    'aria-label': `${label} of ${name}`,
    'data-testid': `draft-${field}-${draft.row}`,
    size: 'xs',
    value: draft[field],
    error: flaws[field],
    disabled: draft.begun,
    classNames: { label: 'step-label' },
    autoComplete: 'off',
    inputWrapperOrder: ['label' as const, 'input' as const, 'description' as const, 'error' as const],
  })
  const change = (field: StepField) => (event: { currentTarget: { value: string } }) =>
    onChange({ [field]: event.currentTarget.value })
  const does = handlers.find((handler) => handler.name === draft.handler)?.does
  return (
    <li className="step-edit" data-begun={draft.begun || undefined} data-testid={`draft-${draft.row}`}>
      <TextInput
        {...input('at', 'At')}
        onChange={change('at')}
        {...(flaws.at === undefined && { description: eventTimeWords(draft.at) })}
      />
      <TextInput {...input('key', 'Key')} onChange={change('key')} />
      <TextInput {...input('title', 'Title')} onChange={change('title')} />
      <NativeSelect
        {...input('handler', 'Does')}
        onChange={change('handler')}
        title={does}
        data={[...new Set([draft.handler, ...handlers.map((handler) => handler.name)])]}
      />
      <TextInput {...input('params', 'With (JSON)')} onChange={change('params')} className="mono" />
      <NativeSelect
        size="xs"
        label="If it fails"
        aria-label={`If ${name} fails`}
        classNames={{ label: 'step-label' }}
        disabled={draft.begun}
        value={draft.onFailure}
        onChange={(event) => onChange({ onFailure: event.currentTarget.value === 'hold' ? 'hold' : 'go-on' })}
        data={[
          { value: 'go-on', label: 'go on' },
          { value: 'hold', label: '‖ hold' },
        ]}
      />
      <Checkbox
        size="xs"
        label="◆ final"
        aria-label={`${name} cannot be undone`}
        title="It cannot be undone: two operators have to approve it."
        disabled={draft.begun}
        checked={draft.irreversible}
        onChange={(event) => onChange({ irreversible: event.currentTarget.checked })}
      />
      {draft.begun ? (
        <span className="dim">✓ begun</span>
      ) : (
        <Button size="compact-xs" variant="subtle" color="gray" aria-label={`Remove ${name}`} onClick={onRemove}>
          ✕ Remove
        </Button>
      )}
    </li>
  )
}
