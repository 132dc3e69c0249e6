import type { LakeQueryReply } from '@gala/contracts'
import { Button, Table } from '@mantine/core'
import { useEffect, useState } from 'react'
import { duration, whole } from '../../format/amounts.js'
import { download } from '../download.js'
import { Pages } from '../pages.js'
import { Wide } from '../wide.js'
import { cellText, csvOf } from './csv.js'

const pageSize = 100
const cutWords = {
  rows: 'there were more rows than an answer holds',
  bytes: 'there were more bytes than an answer holds',
}

export function LakeResult({ reply }: { reply: LakeQueryReply }) {
  const { columns, rows, cut, tookMs } = reply
  const [page, setPage] = useState(1)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer is the reason to begin at its first page.
  useEffect(() => setPage(1), [reply])
  const shown = rows.slice((page - 1) * pageSize, page * pageSize)
  const names = columns.map(({ name }) => name)
  return (
    <section className="lake-result" aria-label="Answer" data-testid="query-result" data-count={rows.length}>
      <div className="row">
        <b>
          {whole(rows.length)} {rows.length === 1 ? 'row' : 'rows'}
        </b>
        <span className="dim">in {duration(tookMs)}</span>
        {cut && (
          <b className="warned" data-testid="cut">
            ▲ cut off: {cutWords[cut]}
          </b>
        )}
        <span className="spacer" />
        <Button
          size="compact-sm"
          variant="default"
          data-testid="download-csv"
          onClick={() => download('lake.csv', 'text/csv', csvOf(names, rows))}
        >
          ↓ Download as CSV
        </Button>
      </div>
      {rows.length === 0 && <p className="plain dim">○ No row is like that.</p>}
      {rows.length > 0 && (
        <Wide label="Rows, scroll sideways">
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                {columns.map(({ name, type }, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name, and they stay where they are.
                  <Table.Th key={`${i} ${name}`} scope="col">
                    {name} <span className="dim lake-type">{type}</span>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names, and stay where they are.
                <Table.Tr key={at}>
                  {row.map((cell, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above.
                    <Table.Td key={i} className="lake-cell" data-number={typeof cell === 'number' || undefined}>
                      {cell === null ? <span className="dim">null</span> : cellText(cell)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      <Pages page={page} total={rows.length} pageSize={pageSize} onPage={setPage} />
    </section>
  )
}
