import { Alert, Button, Group, Loader, NativeSelect, Stack, Textarea, Title } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { mayEdit, useSession } from '../session.js'
import { Catalogue } from './catalogue.js'
import { examples } from './examples.js'
import { LakeResult } from './lake-result.js'
import { type Asked, useQuery } from './use-query.js'

/** What stood in the editor when somebody went to another page. */
const kept = 'gala.console.query'

/** Questions to the lake of this data centre, in SQL. It is only read. */
export function LakePage() {
  const session = useSession()
  const [sql, setSql] = useState(() => sessionStorage.getItem(kept) ?? examples[0]?.sql ?? '')
  const { asked, run, stop } = useQuery()
  const cannot = mayEdit(session) ? undefined : 'Your role is viewer: the lake is asked by operators.'
  const running = asked.is === 'running'
  const write = (text: string) => {
    setSql(text)
    sessionStorage.setItem(kept, text)
  }
  const ask = () => {
    if (cannot === undefined && sql.trim() !== '') void run(sql)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    ask()
  }
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Lake
      </Title>
      {cannot && (
        <p className="cannot" data-testid="lake-cannot">
          ○ {cannot}
        </p>
      )}
      <div className="lake-body">
        <Stack gap="sm" className="lake-main">
          <NativeSelect
            size="xs"
            label="Begin with an example"
            data-testid="example"
            disabled={cannot !== undefined}
            value={examples.find((of) => of.sql === sql)?.title ?? ''}
            onChange={(change) => {
              const example = examples.find(({ title }) => title === change.currentTarget.value)
              if (example) write(example.sql)
            }}
            data={[{ value: '', label: 'choose…' }, ...examples.map(({ title }) => title)]}
          />
          <Textarea
            className="mono"
            label={`One SELECT, over the lake of ${session.dc}`}
            description="Ctrl+Enter runs it. Rows, bytes, memory and time of an answer are bounded."
            data-testid="sql"
            rows={8}
            maxLength={20_000}
            spellCheck={false}
            disabled={cannot !== undefined}
            value={sql}
            onChange={(change) => write(change.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <Group gap="sm">
            <Button
              data-testid="run-query"
              disabled={cannot !== undefined || sql.trim() === ''}
              title={cannot}
              loading={running}
              onClick={ask}
            >
              ▶ Run
            </Button>
            {running && (
              <Button variant="default" data-testid="stop-query" onClick={stop}>
                ✕ Stop waiting
              </Button>
            )}
          </Group>
          <div aria-live="polite">
            <Outcome asked={asked} />
          </div>
        </Stack>
        {cannot === undefined && <Catalogue />}
      </div>
    </Stack>
  )
}

function Outcome({ asked }: { asked: Asked }) {
  switch (asked.is) {
    case 'nothing':
      return <p className="plain dim">○ Nothing has been asked yet.</p>
    case 'running':
      return <Loader role="status" aria-label="Running" />
    case 'stopped':
      return <p className="plain">✕ Nobody waits for the answer any more.</p>
    case 'answered':
      return <LakeResult reply={asked.reply} />
    case 'refused':
    case 'failed':
      return (
        <Alert
          color="orange"
          role="alert"
          title={asked.is === 'refused' ? '▲ The lake refuses this' : '▲ The lake cannot be asked'}
          data-testid="query-failure"
        >
          <span className="refusal">{asked.detail}</span>
        </Alert>
      )
  }
}
