import { TextInput } from '@mantine/core'

/** The reason of what is done by a single button: it stands there already, and can be another one. */
export function ReasonLine(props: {
  label: string
  testId: string
  value: string
  onChange: (reason: string) => void
}) {
  const { label, testId, value, onChange } = props
  return (
    <TextInput
      size="xs"
      label={label}
      data-testid={testId}
      autoComplete="off"
      maxLength={400}
      value={value}
      error={value.trim() === '' ? 'Give a reason first.' : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
