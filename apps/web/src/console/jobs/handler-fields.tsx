import { Button, Group, NativeSelect, Text, Textarea } from '@mantine/core'
import type { FormPart } from './job-edits.js'
import { paramsAsked, paramsSkeleton } from './params.js'
import { useHandlers } from './use-handlers.js'

/** What a job does, and with what parameters. */
export function HandlerFields({ draft, flaws, onChange }: FormPart) {
  const handlers = useHandlers()
  const handler = handlers.find(({ name }) => name === draft.handler)
  const names = [...new Set([draft.handler, ...handlers.map(({ name }) => name)])]
  return (
    <fieldset className="part-of-form">
      <legend>What</legend>
      <NativeSelect
        label="Does"
        data-testid="job-handler"
        value={draft.handler}
        error={flaws.handler}
        onChange={(event) => onChange({ handler: event.currentTarget.value })}
        data={names.map((name) => {
          const title = handlers.find((of) => of.name === name)?.title
          return { value: name, label: name === '' ? 'Choose…' : title ? `${title} (${name})` : name }
        })}
      />
      {handler && (
        <Text size="sm">
          {handler.does}
          {handler.needsEvent && <b> It needs an event.</b>}
        </Text>
      )}
      {handler && <Asked schema={handler.params} />}
      <Textarea
        label="Parameters (JSON)"
        data-testid="job-params"
        className="mono"
        autosize
        minRows={3}
        value={draft.params}
        error={flaws.params}
        onChange={(event) => onChange({ params: event.currentTarget.value })}
      />
      {handler && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onChange({ params: JSON.stringify(paramsSkeleton(handler.params), null, 2) })}
          >
            Begin with what it asks for
          </Button>
        </Group>
      )}
    </fieldset>
  )
}

function Asked({ schema }: { schema: Record<string, unknown> }) {
  const params = paramsAsked(schema)
  return (
    <div className="asked">
      {params.length === 0 && <Text size="sm">It takes no parameters.</Text>}
      <ul className="plain" aria-label="Parameters it takes">
        {params.map(({ name, required, type, description }) => (
          <li key={name}>
            <code>{name}</code> {required && <b>needed</b>} <span className="dim">{type}</span>{' '}
            {description && `– ${description}`}
          </li>
        ))}
      </ul>
      <details>
        <summary>JSON schema</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard to be scrolled. */}
        <pre className="preview" tabIndex={0}>
          {JSON.stringify(schema, null, 2)}
        </pre>
      </details>
    </div>
  )
}
