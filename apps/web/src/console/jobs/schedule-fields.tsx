import type { Schedule } from '@gala/contracts'
import { NativeSelect, NumberInput, SegmentedControl, SimpleGrid, Text, TextInput } from '@mantine/core'
import { zoneName } from '../../format/times.js'
import { useEvents } from '../room/use-events.js'
import type { FormPart } from './job-edits.js'
import { scheduleOf } from './job-edits.js'
import { scheduleWords } from './schedule-words.js'

const kinds: { value: Schedule['kind']; label: string }[] = [
  { value: 'cron', label: 'Cron' },
  { value: 'interval', label: 'Interval' },
  { value: 'once', label: 'Once' },
  { value: 'event', label: 'With an event' },
]

/** When a job is due, with what that means in words. */
export function ScheduleFields({ draft, flaws, onChange }: FormPart) {
  const events = useEvents()
  const schedule = scheduleOf(draft, undefined)
  const text = (field: 'expression' | 'timeZone' | 'eventAt' | 'onceAt', label: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      data-testid={`job-${field}`}
      autoComplete="off"
      value={draft[field]}
      error={flaws[field]}
      {...(field === 'onceAt' && { type: 'datetime-local', step: 1 })}
      onChange={(event) => onChange({ [field]: event.currentTarget.value })}
    />
  )
  return (
    <fieldset className="part-of-form">
      <legend>When</legend>
      <SegmentedControl
        aria-label="Kind of schedule"
        data={kinds}
        value={draft.kind}
        fullWidth
        onChange={(kind) => onChange({ kind: kinds.find(({ value }) => value === kind)?.value ?? 'cron' })}
      />
      {draft.kind === 'cron' && (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {text('expression', 'Expression', 'Minute hour day month weekday; six with seconds first')}
          {text('timeZone', 'Time zone', 'Such as Asia/Shanghai or UTC')}
        </SimpleGrid>
      )}
      {draft.kind === 'interval' && (
        <NumberInput
          label="Every, seconds"
          data-testid="job-everyS"
          min={1}
          hideControls
          value={draft.everyS}
          error={flaws.everyS}
          onChange={(everyS) => onChange({ everyS })}
        />
      )}
      {draft.kind === 'once' && text('onceAt', `At (your time, ${zoneName()})`)}
      {draft.kind === 'event' && text('eventAt', 'At', 'T-30m, T, T+10s of the start; END+10m of the end')}
      <NativeSelect
        label="Event"
        description="Parameters and times may count on it"
        data-testid="job-event"
        value={draft.event}
        error={flaws.event}
        onChange={(event) => onChange({ event: event.currentTarget.value })}
        data={[
          { value: '', label: 'none' },
          ...(events ?? []).map(({ id, title, titleEn }) => ({ value: id, label: titleEn || title })),
        ]}
      />
      <Text size="sm" role="status" data-testid="schedule-words">
        {schedule.success ? (
          <>
            Is due <b>{scheduleWords(schedule.data)}</b>.
          </>
        ) : (
          <span className="warned">▲ That is no schedule yet.</span>
        )}
      </Text>
    </fieldset>
  )
}
