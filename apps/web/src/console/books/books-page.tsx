import type { Books } from '@gala/contracts'
import { Alert, Group, Loader, NativeSelect, Stack, Switch, Table, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { whole } from '../../format/amounts.js'
import { nearTime, timeOfDay } from '../../format/times.js'
import { Asked } from '../asked.js'
import { Pages } from '../pages.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { WideTable } from '../wide-table.js'
import { type Sum, standingOf, sumOf, timeless } from './books-figures.js'

const everyMs = 5_000
const pageSize = 60
const spans = ['5', '15', '60', '180']
const figureHeads = ['Produced', 'Shipped', 'Rolled up', 'Landed', 'Lost', 'Came twice', 'Torn']

/** Whether every line that was written has arrived: produced = shipped = rolled up = landed, minute by minute. */
export function BooksPage() {
  const { api } = useSession()
  const [minutes, setMinutes] = useState('15')
  const [page, setPage] = useState(1)
  const [onlyOff, setOnlyOff] = useState(false)
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.pipeline.books({ query: { minutes: Number(minutes) } }, { signal })).data,
    [api, minutes],
  )
  const { value: books, atMs, failure } = usePolled(ask, everyMs)
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Books
        </Title>
        {books && <Asked atMs={atMs} everyS={everyMs / 1000} />}
      </Group>
      <Group align="flex-end" gap="md">
        <NativeSelect
          size="xs"
          label="Of the last"
          data-testid="books-minutes"
          value={minutes}
          onChange={(change) => {
            setMinutes(change.currentTarget.value)
            setPage(1)
          }}
          data={spans.map((value) => ({ value, label: `${value} minutes` }))}
        />
        <Switch
          label="Only what does not balance"
          checked={onlyOff}
          onChange={(change) => {
            setOnlyOff(change.currentTarget.checked)
            setPage(1)
          }}
        />
      </Group>
      {failure && (
        <Alert color="orange" role="alert" title="The books cannot be read">
          {failure}
        </Alert>
      )}
      {books && books.unanswered.length > 0 && (
        <Alert color="orange" role="alert" title={`▲ ${books.unanswered.join(' and ')} did not answer`}>
          Its lines are not in these books.
        </Alert>
      )}
      {!books && !failure && <Loader role="status" aria-label="Loading" />}
      {books?.items.length === 0 && <p className="plain dim">○ No line was written in this time.</p>}
      {books && books.items.length > 0 && (
        <>
          <Totals books={books} />
          <Minutes books={books} onlyOff={onlyOff} page={page} onPage={setPage} />
        </>
      )}
    </Stack>
  )
}

/** Of the minutes nothing more is expected of; what is still open balances with nothing. */
function Totals({ books }: { books: Books }) {
  const asOfMs = Date.parse(books.asOf)
  const closed = books.items.filter((book) => !['open', 'follows'].includes(standingOf(book, asOfMs).is))
  const parts = Map.groupBy(closed, ({ dc, topic }) => `${topic} ${dc}`)
  const lost = sumOf(books.items).lost
  const differs = closed.filter((book) => standingOf(book, asOfMs).is === 'differs').length
  return (
    <section aria-label="Totals" data-testid="books-totals">
      <p
        className="plain books-verdict"
        data-testid="books-verdict"
        data-tone={lost > 0 ? 'bad' : differs > 0 ? 'asks' : 'good'}
      >
        <b className="told">
          {lost > 0
            ? `▲ ${whole(lost)} lines are lost.`
            : differs > 0
              ? `◐ ${whole(differs)} entries do not balance.`
              : closed.length === 0
                ? '○ No minute is closed yet.'
                : `● All ${whole(closed.length)} closed entries balance.`}
        </b>{' '}
        {books.items.length - closed.length > 0 && `${books.items.length - closed.length} are still open.`}
      </p>
      {closed.length > 0 && (
        <WideTable label="Totals" caption="Closed minutes together" heads={['Topic', 'Data centre', ...figureHeads]}>
          {[...parts].map(([key, of]) => (
            <Table.Tr key={key}>
              <Table.Th scope="row">{of[0]?.topic}</Table.Th>
              <Table.Td>{of[0]?.dc}</Table.Td>
              <Figures sum={sumOf(of)} />
            </Table.Tr>
          ))}
          <Table.Tr className="books-total" data-testid="books-total">
            <Table.Th scope="row">All</Table.Th>
            <Table.Td>all</Table.Td>
            <Figures sum={sumOf(closed)} />
          </Table.Tr>
        </WideTable>
      )}
    </section>
  )
}

/** Figures of one row; what is not as much as was produced is marked. */
function Figures({ sum, open = false }: { sum: Sum; open?: boolean }) {
  const stage = (value: number) =>
    value === sum.produced || open ? whole(value) : <b className="warned">▲ {whole(value)}</b>
  return (
    <>
      <Table.Td>{whole(sum.produced)}</Table.Td>
      <Table.Td>{stage(sum.shipped)}</Table.Td>
      <Table.Td>{stage(sum.rolled)}</Table.Td>
      <Table.Td>{stage(sum.landed)}</Table.Td>
      <Table.Td>{sum.lost > 0 ? <b className="alarm">▲ {whole(sum.lost)} lost</b> : '0'}</Table.Td>
      <Table.Td>{whole(sum.duplicates)}</Table.Td>
      <Table.Td>{whole(sum.torn)}</Table.Td>
    </>
  )
}

function Minutes(props: { books: Books; onlyOff: boolean; page: number; onPage: (page: number) => void }) {
  const { books, onlyOff, page, onPage } = props
  const asOfMs = Date.parse(books.asOf)
  const all = books.items.map((book) => ({ book, standing: standingOf(book, asOfMs) }))
  const items = all.filter(({ standing }) => !onlyOff || ['differs', 'lost'].includes(standing.is))
  const shown = items.slice((page - 1) * pageSize, page * pageSize)
  return (
    <>
      {items.length === 0 && <p className="plain">● Nothing is missing anywhere.</p>}
      {items.length > 0 && (
        <WideTable
          label="Minutes"
          caption="By minute, newest first"
          heads={['Minute', 'Topic', 'Data centre', 'Standing', ...figureHeads]}
        >
          {shown.map(({ book, standing }) => (
            <Table.Tr
              key={`${book.minute} ${book.dc} ${book.topic}`}
              data-testid={`book-${book.dc}-${book.topic}`}
              data-is={standing.is}
              className={standing.is === 'lost' ? 'books-lost' : undefined}
            >
              <Table.Th scope="row">{timeless(book) ? 'without a time' : minuteWords(book.minute, asOfMs)}</Table.Th>
              <Table.Td>{book.topic}</Table.Td>
              <Table.Td>{book.dc}</Table.Td>
              <Table.Td className="books-standing">
                <b className="told" data-tone={standing.tone}>
                  {standing.words}
                </b>
              </Table.Td>
              <Figures sum={book} open={standing.is === 'open' || standing.is === 'follows'} />
            </Table.Tr>
          ))}
        </WideTable>
      )}
      <Pages page={page} total={items.length} pageSize={pageSize} onPage={onPage} />
    </>
  )
}

const minuteWords = (minute: string, nowMs: number) =>
  new Date(minute).toDateString() === new Date(nowMs).toDateString() ? timeOfDay(minute) : nearTime(minute, nowMs)
