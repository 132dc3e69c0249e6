import { Table } from '@mantine/core'
import type { ReactNode } from 'react'
import { Wide } from './wide.js'

/** A table whose first column stays while the rest scrolls sideways. A head without text is that of a column of buttons. */
export function WideTable(props: { label: string; caption?: string; heads: readonly string[]; children: ReactNode }) {
  const { label, caption, heads, children } = props
  return (
    <Wide label={`${label}, scrolls sideways`}>
      <Table fz="sm" captionSide="top" className="first-stays">
        {caption !== undefined && (
          <Table.Caption ta="left" mt={0}>
            {caption}
          </Table.Caption>
        )}
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) =>
              head === '' ? (
                <Table.Td key={head} />
              ) : (
                <Table.Th key={head} scope="col">
                  {head}
                </Table.Th>
              ),
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Wide>
  )
}
