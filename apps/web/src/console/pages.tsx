import { Pagination } from '@mantine/core'

const names: Record<string, string> = { previous: 'Previous page', next: 'Next page' }

/** Turns the pages of a list; nothing when there is only one. */
export function Pages(props: { page: number; total: number; pageSize: number; onPage: (page: number) => void }) {
  const { page, total, pageSize, onPage } = props
  if (total <= pageSize) return null
  return (
    <Pagination
      value={page}
      onChange={onPage}
      total={Math.ceil(total / pageSize)}
      getControlProps={(control) => ({ 'aria-label': names[control] })}
      getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
    />
  )
}
