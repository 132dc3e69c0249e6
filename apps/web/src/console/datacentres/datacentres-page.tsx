import type { DataCentresBoard } from '@gala/contracts'
import { Alert, Button, Group, Loader, Stack, Table, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { span } from '../../format/times.js'
import { Asked } from '../asked.js'
import { useSession } from '../session.js'
import { useServerNow, useWhyNot } from '../switches/desk.js'
import { usePolled } from '../use-polled.js'
import { WideTable } from '../wide-table.js'
import { CentreCard } from './centre-card.js'
import { MoveDialog } from './move-dialog.js'
import { WeightDialog } from './weight-dialog.js'

const everyMs = 2_000

type Wish = { move: string } | { weigh: string }

/** Who writes, who follows and how far, who votes, what would be lost now; and the means to move and drain. */
export function DataCentresPage() {
  const { api, role } = useSession()
  const ask = useCallback(async (signal: AbortSignal) => (await api.datacentres.board({}, { signal })).data, [api])
  const { value: board, atMs, failure, refresh } = usePolled(ask, everyMs)
  const cannot = useWhyNot()
  const [wish, setWish] = useState<Wish>()
  const close = () => {
    setWish(undefined)
    void refresh()
  }
  const mayMove = cannot ?? (role === 'admin' ? undefined : 'Only the role admin may move the writer.')
  const weighed = wish && 'weigh' in wish ? board?.items.find(({ id }) => id === wish.weigh) : undefined
  return (
    <Stack gap="xl">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Data centres
        </Title>
        {board && <Asked atMs={atMs} />}
      </Group>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {failure && (
        <Alert color="orange" role="alert" title="The data centres cannot be read">
          {failure}
        </Alert>
      )}
      {!board && !failure && <Loader role="status" aria-label="Loading" />}
      {board && <WriterLine board={board} />}
      <div className="cards">
        {board?.items.map((item) => (
          <CentreCard key={item.id} item={item} writes={item.id === board.writer.dc}>
            <Button
              size="compact-sm"
              variant="default"
              data-testid={`move-${item.id}`}
              disabled={mayMove !== undefined || item.id === board.writer.dc}
              title={item.id === board.writer.dc ? 'It writes already.' : mayMove}
              onClick={() => setWish({ move: item.id })}
            >
              Move the writer here…
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              data-testid={`weigh-${item.id}`}
              disabled={cannot !== undefined}
              title={cannot}
              onClick={() => setWish({ weigh: item.id })}
            >
              Drain or weigh…
            </Button>
          </CentreCard>
        ))}
      </div>
      {board && <AtRisk board={board} />}
      {board && <Voters board={board} />}
      {wish && 'move' in wish && <MoveDialog to={wish.move} onClose={close} />}
      {weighed && <WeightDialog item={weighed} onClose={close} />}
    </Stack>
  )
}

function WriterLine({ board: { writer } }: { board: DataCentresBoard }) {
  const nowMs = useServerNow()
  if (writer.dc === null) {
    return (
      <Alert color="orange" role="alert" title="▲ Nobody writes" data-testid="writer">
        The platform answers from what it has. Another data centre takes over by itself when nothing can be lost by it;
        else move the writer by hand.
      </Alert>
    )
  }
  return (
    <p className="plain" data-testid="writer">
      ● <b>{writer.dc}</b> writes{writer.since && `, for ${span(nowMs - Date.parse(writer.since))}`}. Fencing token{' '}
      {writer.token}
      {writer.holder && `, kept by ${writer.holder.split('#')[0]}`}
      {writer.leaseMs !== null &&
        `; without being renewed its lease would end in ${(writer.leaseMs / 1000).toFixed(1)} s`}
      .
    </p>
  )
}

const dataWords = { writes: 'Events, orders, audit', likes: 'Likes' }

/** The recovery point, by kind of data. */
function AtRisk({ board }: { board: DataCentresBoard }) {
  return (
    <Stack gap="xs" component="section" aria-label="What would be lost now">
      <Title order={2} size="h4">
        What would be lost now
      </Title>
      <WideTable label="What would be lost now" heads={['Data', 'If lost for good', 'At risk', 'Rule']}>
        {board.atRisk.map(({ data, dc, amount, unit, rule }) => (
          <Table.Tr key={`${data} ${dc}`}>
            <Table.Td>{dataWords[data]}</Table.Td>
            <Table.Td>{dc}</Table.Td>
            <Table.Td data-testid={`at-risk-${data}-${dc}`}>
              <b className={amount === 0 ? '' : 'warned'}>
                {amount === null ? '▲ cannot be told' : amount === 0 ? '● nothing' : `▲ ${amount} ${unit}`}
              </b>
            </Table.Td>
            <Table.Td>{rule}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </Stack>
  )
}

const voteWords = {
  granted: '● has granted it',
  free: '○ has granted it to nobody',
  unreachable: '▲ does not answer',
  young: '◐ started a moment ago, does not vote yet',
}

function Voters({ board }: { board: DataCentresBoard }) {
  if (board.voters.length === 0) {
    return <p className="plain dim">Something other than base decides who writes: there is nobody to vote.</p>
  }
  return (
    <Stack gap="xs" component="section" aria-label="Who votes">
      <Title order={2} size="h4">
        Who votes
      </Title>
      <p className="plain dim">
        {board.votesNeeded} of {board.voters.length} decide who writes.
      </p>
      {board.voters.map(({ name, state, holder }) => (
        <div className="fact check" key={name} data-testid={`voter-${name}`}>
          <span className="dim">{name}</span>
          <b className={state === 'unreachable' ? 'warned' : ''}>{voteWords[state]}</b>
          <span>{holder?.split('#')[0]}</span>
        </div>
      ))}
    </Stack>
  )
}
