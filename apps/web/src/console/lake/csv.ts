type Cell = string | number | boolean | null | object

/** A value as it is read on a page and in a file. */
export const cellText = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)

/** As RFC 4180 has it. What viewers wrote must not run as a formula where the file is opened, so such a text begins with a quote. */
export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `${cells.map(field).join(',')}\r\n`
  return line(columns) + rows.map(line).join('')
}

function field(cell: Cell): string {
  const text = cellText(cell)
  const safe = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
