import type { RoomItem } from '@gala/contracts'
import { Alert, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { Asked } from '../asked.js'
import { Pages } from '../pages.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { Cockpit } from './cockpit.js'
import { RoomTable } from './room-table.js'

const everyMs = 1_000
const pageSize = 50

/** Where viewers talk. `path` is what the address says after `#chat/`: a room, or nothing. */
export function RoomsPage({ path }: { path: string }) {
  return path === '' ? <RoomList /> : <Cockpit key={path} room={path} />
}

function RoomList() {
  const [page, setPage] = useState(1)
  const { value: list, atMs, failure } = useRooms(page)
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Rooms
        </Title>
        {list && <Asked atMs={atMs} everyS={everyMs / 1000} />}
      </Group>
      {failure && (
        <Alert color="orange" role="alert" title="The rooms cannot be read">
          {failure}
        </Alert>
      )}
      {!list && !failure && <Loader role="status" aria-label="Loading" />}
      {list?.items.length === 0 && <Text c="dimmed">No room is open, and nothing is set for any.</Text>}
      {list && list.items.length > 0 && <RoomTable rooms={list.items} />}
      {list && <Pages page={page} total={list.total} pageSize={pageSize} onPage={setPage} />}
    </Stack>
  )
}

function useRooms(page: number) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) =>
      (await api.rooms.list({ query: { page, pageSize } }, { signal })).data as { items: RoomItem[]; total: number },
    [api, page],
  )
  return usePolled(ask, everyMs)
}
