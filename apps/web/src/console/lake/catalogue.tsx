import { Loader } from '@mantine/core'
import { useEffect } from 'react'
import { catalogueSql, tablesOf } from './examples.js'
import { useQuery } from './use-query.js'

/** Which tables there are, and which columns they have: asked of the lake itself, once. */
export function Catalogue() {
  const { asked, run } = useQuery()
  useEffect(() => void run(catalogueSql), [run])
  return (
    <section className="panel catalogue" aria-label="Tables" data-testid="catalogue">
      <h2>Tables</h2>
      {asked.is === 'running' && <Loader size="sm" role="status" aria-label="Loading" />}
      {(asked.is === 'refused' || asked.is === 'failed') && (
        <p className="plain warned">▲ They cannot be listed: {asked.detail}</p>
      )}
      {asked.is === 'answered' &&
        tablesOf(asked.reply.rows).map(({ name, columns }) => (
          <details key={name}>
            <summary>
              <code>{name}</code>
            </summary>
            <ul className="plain">
              {columns.map((column) => (
                <li key={column.name} className="column">
                  <code>{column.name}</code> <span className="dim">{column.type}</span>
                </li>
              ))}
            </ul>
          </details>
        ))}
      <p className="plain dim">
        Moments end in <code>_ms</code>: milliseconds since 1970, in UTC, as are <code>dt</code> and <code>hour</code>,
        the day and hour by which rows are filed.
      </p>
    </section>
  )
}
