import type { WordList } from '@gala/contracts'
import { Alert, Button, Group, Loader, Stack, Table, Text, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { whole } from '../../format/amounts.js'
import { dayAndTime } from '../../format/times.js'
import { Asked } from '../asked.js'
import { mayEdit, useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { WideTable } from '../wide-table.js'
import { actWords } from './setting-words.js'
import { useAdminCannot } from './use-admin.js'
import { WordsDialog } from './words-dialog.js'

/** Lists may be long, and change seldom; but what is older than five seconds is not acted on. */
const everyMs = 3_000

/** The lists of words that texts of viewers are screened for. */
export function WordsPage() {
  const session = useSession()
  return (
    <Stack gap="md">
      {mayEdit(session) ? (
        <Lists />
      ) : (
        <>
          <Title order={1} size="h3">
            Words
          </Title>
          <p className="cannot">○ Your role is viewer: lists of words are for operators.</p>
        </>
      )}
    </Stack>
  )
}

function Lists() {
  const { api } = useSession()
  const ask = useCallback(async (signal: AbortSignal) => (await api.rooms.words({}, { signal })).data.items, [api])
  const { value: lists, atMs, failure, refresh } = usePolled(ask, everyMs)
  const [editing, setEditing] = useState<string>()
  const [said, setSaid] = useState('')
  const cannot = useAdminCannot(atMs)
  const list = lists?.find(({ id }) => id === editing)
  return (
    <>
      <Group justify="space-between">
        <Title order={1} size="h3">
          Words
        </Title>
        <span role="status" data-testid="said">
          {said && `✓ ${said}`}
        </span>
        {lists && <Asked atMs={atMs} everyS={everyMs / 1000} />}
      </Group>
      <Text size="sm" c="dimmed">
        Texts are compared as they look: case, width, letters drawn alike and what is put between letters make no
        difference. A change holds in every process within a second.
      </Text>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {failure && (
        <Alert color="orange" role="alert" title="The lists cannot be read">
          {failure}
        </Alert>
      )}
      {!lists && !failure && <Loader role="status" aria-label="Loading" />}
      <Group>
        <Button
          size="xs"
          data-testid="new-list"
          disabled={cannot !== undefined}
          title={cannot}
          onClick={() => setEditing('')}
        >
          ＋ New list…
        </Button>
      </Group>
      {lists?.length === 0 && <Text c="dimmed">There is no list: nothing is screened for.</Text>}
      {lists && lists.length > 0 && <ListTable lists={lists} onOpen={setEditing} />}
      {editing !== undefined && (editing === '' || list) && (
        <WordsDialog
          key={editing}
          list={list}
          cannot={cannot}
          onDone={setSaid}
          onRefresh={refresh}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  )
}

function ListTable({ lists, onOpen }: { lists: readonly WordList[]; onOpen: (id: string) => void }) {
  return (
    <WideTable label="Lists of words" heads={['List', 'Words', 'Texts with them are', 'Changed', '']}>
      {lists.map(({ id, title, act, words, version, updatedAt, updatedBy }) => (
        <Table.Tr key={id} className="job-row" data-testid={`list-${id}`}>
          <Table.Th scope="row">
            {title}
            <span className="dim job-id">{id}</span>
          </Table.Th>
          <Table.Td>{whole(words.length)}</Table.Td>
          <Table.Td>⚑ {actWords[act]}</Table.Td>
          <Table.Td>
            {dayAndTime(updatedAt)} by {updatedBy}
            <span className="dim job-id">version {version}</span>
          </Table.Td>
          <Table.Td>
            <Button
              size="compact-xs"
              variant="default"
              data-testid={`open-${id}`}
              aria-label={`Open ${title}`}
              onClick={() => onOpen(id)}
            >
              Open…
            </Button>
          </Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  )
}
