import { TextInput } from '@mantine/core'

/** What the audit will say; nothing can be held before it stands there. */
export function ReasonInput({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  return (
    <TextInput
      label="Reason"
      placeholder="For the audit, and for whoever meets the order"
      data-testid="act-reason"
      data-autofocus
      autoComplete="off"
      maxLength={400}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
