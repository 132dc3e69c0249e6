import { type TimelineTemplate, timelineTemplates } from '@gala/contracts'
import { Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import type { ActProps } from './act-dialog.js'
import { SaveDialog } from './save-dialog.js'

const means: Record<TimelineTemplate, { label: string; description: string }> = {
  launch: { label: 'Launch', description: 'A short event with one sharp peak at its start.' },
  gala: {
    label: 'Gala',
    description: 'A long evening: pre-heat in good time, watched over for hours, wound down slowly.',
  },
}

/** Makes the script of an event from a template. */
export function TemplateDialog(props: ActProps) {
  const { event } = props.timeline
  const [template, setTemplate] = useState<TimelineTemplate>(event.kind === 'launch' ? 'launch' : 'gala')
  return (
    <SaveDialog
      {...props}
      title={`Timeline of ${event.titleEn || event.title}`}
      hold={`Hold: make it from ${template}`}
      testId="hold-template"
      done={`the timeline is made from ${template}`}
      wish={{ template }}
    >
      <Radio.Group label="Template" value={template} onChange={(value) => setTemplate(value as TimelineTemplate)}>
        <Stack gap="xs" mt={4}>
          {timelineTemplates.map((name) => (
            <Radio key={name} value={name} {...means[name]} data-testid={`template-${name}`} />
          ))}
        </Stack>
      </Radio.Group>
    </SaveDialog>
  )
}
