import { Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { lengthWords, localField, momentOf, secondOfDay, zoneName } from '../../format/times.js'
import type { ActProps } from './act-dialog.js'
import { SaveDialog } from './save-dialog.js'

const delaysMin = [5, 10, 15, 30]

/** Moves the start of the event, and with it its end and all steps that have not begun. */
export function MoveDialog(props: ActProps) {
  const { event } = props.timeline
  const [field, setField] = useState(localField(event.startAt))
  const [startAt, setStartAt] = useState<string | undefined>(event.startAt)
  const byMs = startAt === undefined ? 0 : Date.parse(startAt) - Date.parse(event.startAt)
  // A field shows whole seconds: what was not touched has not moved.
  const moved = startAt !== undefined && field !== localField(event.startAt)
  const delay = (minutes: number) => {
    const later = new Date(Date.parse(event.startAt) + minutes * 60_000).toISOString()
    setField(localField(later))
    setStartAt(later)
  }
  const type = (typed: string) => {
    setField(typed)
    setStartAt(momentOf(typed))
  }
  const where = startAt ? secondOfDay(startAt) : ''
  const by = `${lengthWords(Math.round(Math.abs(byMs) / 1000) * 1000)} ${byMs > 0 ? 'later' : 'earlier'}`
  return (
    <SaveDialog
      {...props}
      title={`Move the start of ${event.titleEn || event.title}`}
      hold={moved ? `⇢ Hold: start at ${where}, ${by}` : '⇢ Hold: move the start'}
      testId="hold-move-start"
      done={`the start moves to ${where}`}
      wish={moved ? { startAt } : undefined}
      flaw={moved ? undefined : 'Choose another start first.'}
    >
      <p className="plain">
        It starts at <b>{secondOfDay(event.startAt)}</b> now. Its end moves along; steps that have been done stay done.
      </p>
      <Group align="flex-end" gap="xs">
        <TextInput
          type="datetime-local"
          step={1}
          label={`New start (your time, ${zoneName()})`}
          data-testid="new-start"
          value={field}
          onChange={(change) => type(change.currentTarget.value)}
        />
        {delaysMin.map((minutes) => (
          <Button key={minutes} variant="default" data-testid={`delay-${minutes}`} onClick={() => delay(minutes)}>
            +{minutes} min
          </Button>
        ))}
      </Group>
    </SaveDialog>
  )
}
