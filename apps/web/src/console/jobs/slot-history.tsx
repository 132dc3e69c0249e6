import { type JobItem, type Slot, type SlotState, slotStates } from '@gala/contracts'
import { Alert, Button, Group, Loader, NativeSelect, Table } from '@mantine/core'
import { useCallback, useRef, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { Pages } from '../pages.js'
import { useSession } from '../session.js'
import { useServerNow } from '../switches/desk.js'
import { usePolled } from '../use-polled.js'
import { WideTable } from '../wide-table.js'
import { DurationBars } from './duration-bars.js'
import type { SlotAct } from './job-dialogs.js'
import { RunProgress } from './run-progress.js'
import { SlotMore } from './slot-more.js'
import { slotActs, slotTells, stateLooks } from './slot-words.js'
import { everyMs } from './use-board.js'

const pageSize = 20

/** The slots of a job, newest first: what became of each, and what can still be done to it. */
export function SlotHistory(props: {
  job: JobItem
  cannot: string | undefined
  onAct: (slot: Slot, act: SlotAct) => void
}) {
  const { job, cannot, onAct } = props
  const { api } = useSession()
  const [state, setState] = useState<SlotState | ''>('')
  const [page, setPage] = useState(1)
  const nowMs = useServerNow()
  const latestMs = useRef(nowMs)
  latestMs.current = nowMs
  const ask = useCallback(
    async (signal: AbortSignal) => {
      // What is written ahead would fill the first page of a job that comes often; it is there for who asks for it.
      const query = {
        page,
        pageSize,
        ...(state === '' ? { upTo: new Date(latestMs.current).toISOString() } : { state }),
      }
      return (await api.jobs.slots({ params: { id: job.id }, query }, { signal })).data
    },
    [api, job.id, page, state],
  )
  const { value: list, failure } = usePolled(ask, everyMs)
  return (
    <section className="history" aria-label="History">
      <Group justify="space-between" align="flex-end">
        <h2>History{list && `: ${list.total} slots`}</h2>
        <NativeSelect
          size="xs"
          aria-label="Only in state"
          data-testid="slots-state"
          value={state}
          onChange={(event) => {
            const chosen = event.currentTarget.value
            setState(slotStates.find((known) => known === chosen) ?? '')
            setPage(1)
          }}
          data={[
            { value: '', label: 'Until now' },
            ...slotStates.map((of) => ({ value: of, label: `${stateLooks[of].shape} ${stateLooks[of].word}` })),
          ]}
        />
      </Group>
      {failure && (
        <Alert color="orange" role="alert" title="The history cannot be read">
          {failure}
        </Alert>
      )}
      {!list && !failure && <Loader role="status" aria-label="Loading" />}
      {list && <DurationBars slots={list.items} typicalMs={job.typicalMs} />}
      {list?.items.length === 0 && <p className="plain dim">There is none.</p>}
      {list && list.items.length > 0 && (
        <WideTable label="Slots" heads={['Scheduled', 'State', 'What became of it', 'Run by', 'More', '']}>
          {list.items.map((slot) => (
            <Row key={`${slot.at} ${slot.dc} ${slot.shard}`} {...{ slot, nowMs, cannot, onAct }} />
          ))}
        </WideTable>
      )}
      {list && <Pages page={page} total={list.total} pageSize={pageSize} onPage={setPage} />}
    </section>
  )
}

function Row(props: {
  slot: Slot
  nowMs: number
  cannot: string | undefined
  onAct: (slot: Slot, act: SlotAct) => void
}) {
  const { slot, nowMs, cannot, onAct } = props
  const { shape, word, tone } = stateLooks[slot.state]
  const { manual, holder, dc, shard } = slot
  return (
    <Table.Tr data-testid={`slot-${slot.at}`}>
      <Table.Th scope="row">
        {dayAndTime(slot.at)}
        <span className="dim job-id">{[dc, shard > 0 && `part ${shard}`].filter(Boolean).join(', ')}</span>
      </Table.Th>
      <Table.Td>
        <b className="toned" data-tone={tone}>
          <span aria-hidden>{shape}</span> {word}
        </b>
      </Table.Td>
      <Table.Td className="wraps">
        {slotTells(slot, nowMs)}
        {manual && (
          <span className="dim">
            {' '}
            by hand, {manual.actor}: “{manual.reason}”
          </span>
        )}
        <RunProgress slot={slot} label={dayAndTime(slot.at)} />
      </Table.Td>
      <Table.Td>{holder?.split('#')[0] ?? <span className="dim">–</span>}</Table.Td>
      <Table.Td>
        <SlotMore slot={slot} />
      </Table.Td>
      <Table.Td>
        <span className="slot-acts">
          {slotActs(slot).map((act) => (
            <Button
              key={act}
              size="compact-xs"
              variant="default"
              data-testid={`slot-${act}`}
              aria-label={`${labels[act]} the slot of ${dayAndTime(slot.at)}`}
              disabled={cannot !== undefined}
              title={cannot}
              onClick={() => onAct(slot, act)}
            >
              {labels[act]}…
            </Button>
          ))}
        </span>
      </Table.Td>
    </Table.Tr>
  )
}

const labels: Record<SlotAct, string> = { run: 'Run', skip: 'Skip', cancel: 'End' }
