import type { Wall } from '@gala/contracts'
import { Table } from '@mantine/core'
import { percent, whole } from '../../format/amounts.js'
import { addressOf } from '../address.js'
import { WideTable } from '../wide-table.js'
import { hitsOf } from './wall-figures.js'
import { msWords } from './wall-words.js'

/** What was asked for most, by route and by event. */
export function WallTables({ wall }: { wall: Wall }) {
  return (
    <div className="wall-tables">
      <section className="panel" aria-label="Routes" data-testid="wall-routes">
        <h2>Routes, most requests first</h2>
        {wall.routes.length === 0 && <Nothing />}
        {wall.routes.length > 0 && (
          <WideTable label="Routes" heads={['Route', 'Requests', 'Bad', 'Degraded', 'p50', 'p99', 'From copies']}>
            {wall.routes.map((of) => (
              <Table.Tr key={of.route}>
                <Table.Th scope="row">
                  <a href={addressOf('#traces', { route: of.route, event: wall.event ?? '' })}>{of.route}</a>
                </Table.Th>
                <Table.Td>{whole(of.requests)}</Table.Td>
                <Table.Td>
                  <Bad count={of.bad} />
                </Table.Td>
                <Table.Td>{whole(of.degraded)}</Table.Td>
                <Table.Td>{ms(of.p50Ms)}</Table.Td>
                <Table.Td>{ms(of.p99Ms)}</Table.Td>
                <Table.Td>{percent(hitsOf(of), of.requests)}</Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        )}
      </section>
      <section className="panel" aria-label="Events" data-testid="wall-events">
        <h2>Events, most requests first</h2>
        {wall.events.length === 0 && <Nothing />}
        {wall.events.length > 0 && (
          <WideTable label="Events" heads={['Event', 'Requests', 'Bad', 'Plays']}>
            {wall.events.map(({ event, requests, bad, plays }) => (
              <Table.Tr key={event}>
                <Table.Th scope="row">
                  <a href={addressOf('#wall', { event })}>{event}</a>
                </Table.Th>
                <Table.Td>{whole(requests)}</Table.Td>
                <Table.Td>
                  <Bad count={bad} />
                </Table.Td>
                <Table.Td>{whole(plays)}</Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        )}
      </section>
    </div>
  )
}

const Nothing = () => <p className="plain dim">Nothing was asked for in this time.</p>

const Bad = ({ count }: { count: number }) =>
  count === 0 ? <span className="dim">0</span> : <b className="alarm">▲ {whole(count)}</b>

const ms = (value: number | null) => (value === null ? '–' : msWords(value))
