import { NativeSelect } from '@mantine/core'
import { useEvents } from './room/use-events.js'

/** Chooses one event, or all of them: ''. */
export function EventSelect(props: {
  label: string
  all: string
  testId: string
  value: string
  onChange: (id: string) => void
}) {
  const { label, all, testId, value, onChange } = props
  const events = useEvents() ?? []
  const unlisted = value !== '' && !events.some(({ id }) => id === value)
  return (
    <NativeSelect
      size="xs"
      label={label}
      data-testid={testId}
      value={value}
      onChange={(change) => onChange(change.currentTarget.value)}
      data={[
        { value: '', label: all },
        ...(unlisted ? [value] : []),
        ...events.map(({ id, title, titleEn }) => ({ value: id, label: titleEn || title })),
      ]}
    />
  )
}
