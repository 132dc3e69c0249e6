import type { PlatformStatus } from './status.js'

/** Columns as wide as their widest cell. */
function table(rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)), [])
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Where everything is, after a start. */
export function addresses({ dcs, viewer, console }: PlatformStatus): string {
  const rows: string[][] = [['', ...dcs.map(({ id, role }) => `${id} (${role})`)]]
  const add = (name: string, of: (dc: PlatformStatus['dcs'][number]) => string) => rows.push([name, ...dcs.map(of)])
  add('edge', ({ edge }) => edge)
  add('access', ({ access }) => access.join(' '))
  add('application', ({ application }) => application.join(' '))
  add('pool hot', ({ hot }) => hot.join(' '))
  add('base', ({ base }) => base.join(' '))
  add('redis', ({ redis }) => redis)
  add('mysql', ({ mysql }) => mysql)
  add('event log', ({ eventLog }) => eventLog)
  const pages = table([
    ['viewer', viewer, 'the gala, as the audience sees it'],
    ['console', console, 'for operators; sign in with opsToken of: npm run status --silent -- --json'],
  ])
  return `\n${table(rows)}\n\n${pages}\n`
}

/** How every part is. */
export function statusTable({ dcs, others, ready }: PlatformStatus): string {
  const rows = [...dcs.map(({ parts }) => parts), others].flatMap((parts) =>
    parts.map(({ name, state, pid, restarts, detail }) => [
      name,
      state,
      String(pid ?? '-'),
      String(restarts),
      detail ?? '',
    ]),
  )
  return `${table([['part', 'state', 'pid', 'restarts', ''], ...rows])}\n${ready ? 'ready' : 'not ready'}`
}
