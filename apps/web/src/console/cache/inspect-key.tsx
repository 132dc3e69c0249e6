import type { CacheProcess, CacheReport } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Badge, Button, Code, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { bytes, duration } from '../../format/amounts.js'
import { useSession } from '../session.js'
import { WideTable } from '../wide-table.js'

interface Found {
  key: string
  items: readonly CacheProcess[]
  atMs: number
}

/** What every process of every data centre holds of one key. `picked` is a key chosen elsewhere on the page. */
export function InspectKey({ picked }: { picked: { key: string } | undefined }) {
  const { api } = useSession()
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found>()
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const title = useRef<HTMLHeadingElement>(null)
  const asking = useRef<AbortController>(undefined)
  const inspect = useCallback(
    async (key: string) => {
      asking.current?.abort()
      asking.current = new AbortController()
      const { signal } = asking.current
      setBusy(true)
      setFailure(undefined)
      try {
        const { data } = await api.cache.report({ query: { key } }, { signal })
        if (!signal.aborted) setFound({ key, items: data.items, atMs: Date.now() })
      } catch (error) {
        if (!signal.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
      }
      if (!signal.aborted) setBusy(false)
    },
    [api],
  )
  useEffect(() => () => asking.current?.abort(), [])
  useEffect(() => {
    if (!picked) return
    setText(picked.key)
    void inspect(picked.key)
    title.current?.focus()
  }, [picked, inspect])
  return (
    <Stack gap="sm" component="section" aria-label="Inspect a key">
      <Title order={2} size="h4" ref={title} tabIndex={-1}>
        Inspect a key
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void inspect(text.trim())
        }}
      >
        <Group align="flex-end">
          <TextInput
            className="grows"
            label="Key"
            description="An address with its query in access (/v1/events/…), a name in application (event:…)"
            data-testid="inspect-key"
            maxLength={400}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" data-testid="inspect" loading={busy} disabled={text.trim() === ''}>
            Inspect
          </Button>
        </Group>
      </form>
      <div aria-live="polite">
        {failure && (
          <Alert color="orange" role="alert" title="The key cannot be inspected">
            {failure}
          </Alert>
        )}
        {found && <FoundTable found={found} />}
      </div>
    </Stack>
  )
}

const heads = ['Process', 'Holds', 'Change', 'Age', 'Size', 'Made from', 'Value']

function FoundTable({ found: { key, items, atMs } }: { found: Found }) {
  const holders = items.filter(({ report }) => report?.entry).length
  return (
    <Stack gap="xs">
      <Text size="sm">
        <b data-testid="holders">
          {holders} of {items.length}
        </b>{' '}
        processes hold <Code className="key">{key}</Code>
      </Text>
      <WideTable label="What each process holds" caption="What each process holds of it" heads={heads}>
        {items.map(({ name, report, detail }) => (
          <Table.Tr key={name} data-testid={`held-${name}`}>
            <Table.Th scope="row">{name}</Table.Th>
            {report?.entry ? (
              <EntryCells entry={report.entry} nowMs={atMs} />
            ) : (
              <Table.Td colSpan={heads.length - 1} c={report ? 'dimmed' : 'orange'}>
                {report ? 'not held' : `▲ ${detail}`}
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </WideTable>
    </Stack>
  )
}

const states = {
  fresh: { color: 'blue', label: '● fresh' },
  aging: { color: 'yellow', label: '◆ aging' },
  old: { color: 'orange', label: '▲ old' },
}

function EntryCells({ entry, nowMs }: { entry: NonNullable<CacheReport['entry']>; nowMs: number }) {
  const { color, label } = states[entry.state]
  return (
    <>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <Badge color={color} variant="light" tt="none" className="whole">
            {label}
          </Badge>
          {entry.hot && (
            <Badge color="gray" variant="outline" tt="none" className="whole">
              hot
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>{entry.position}</Table.Td>
      <Table.Td>{duration(Math.max(0, nowMs - Date.parse(entry.asOf)))}</Table.Td>
      <Table.Td>{bytes(entry.bytes)}</Table.Td>
      <Table.Td>
        {entry.tags.length === 0 && '–'}
        {entry.tags.map((tag) => (
          <div key={tag}>
            <Code className="key">{tag}</Code>
          </div>
        ))}
      </Table.Td>
      <Table.Td>
        <details>
          <summary>{entry.kind}</summary>
          <Code block className="preview">
            {entry.preview}
          </Code>
        </details>
      </Table.Td>
    </>
  )
}
