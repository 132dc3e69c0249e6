import type { RoomItem } from '@gala/contracts'
import { Table } from '@mantine/core'
import { duration, percent, whole } from '../../format/amounts.js'
import { WideTable } from '../wide-table.js'
import { dcFigures, isLate, isThinned, pumpWords, rate, roomFigures } from './room-figures.js'
import { settingWords } from './setting-words.js'

const heads = ['Room', 'Viewers', 'In/s', 'Out/s', 'Dropped', 'p99', 'Blocks', 'Set']

/** All rooms with somebody in them or something set, busiest first. */
export function RoomTable({ rooms }: { rooms: readonly RoomItem[] }) {
  return (
    <WideTable label="Rooms" heads={heads}>
      {rooms.map((room) => (
        <Row key={room.settings.room} room={room} />
      ))}
    </WideTable>
  )
}

function Row({ room }: { room: RoomItem }) {
  const { settings, title, open, dcs } = room
  const { viewers, inPerS, outPerS, dropShare, p99Ms } = roomFigures(room)
  const set = settingWords(settings).filter(({ quiet }) => !quiet)
  return (
    <Table.Tr className="job-row" data-testid={`room-${settings.room}`} data-off={!open || undefined}>
      <Table.Th scope="row">
        <a href={`#chat/${settings.room}`} className="job-link">
          {title}
        </a>
        <span className="dim job-id">
          {open ? '● open' : '○ closed'} · {settings.room}
        </span>
      </Table.Th>
      <Table.Td>
        <b>{whole(viewers)}</b>
        {dcs.map((dc) => (
          <span key={dc.dc} className="dim job-id">
            {dc.dc} {whole(dcFigures(dc).viewers)}: {transports(dc)}
          </span>
        ))}
      </Table.Td>
      <Table.Td>{rate(inPerS)}</Table.Td>
      <Table.Td>{rate(outPerS)}</Table.Td>
      <Table.Td>
        <Warned when={isThinned(dropShare)}>{dropShare === null ? '–' : percent(dropShare, 1)}</Warned>
      </Table.Td>
      <Table.Td>
        <Warned when={isLate(p99Ms)}>{p99Ms === null ? '–' : duration(p99Ms)}</Warned>
      </Table.Td>
      <Table.Td>
        {dcs.map((dc) => {
          const { shape, word, short, tone } = pumpWords(dc)
          return (
            <span key={dc.dc} className="chat-line" data-tone={tone} title={word}>
              <span className="toned">
                <span aria-hidden>{shape}</span> {dc.dc}
              </span>{' '}
              {short}
            </span>
          )
        })}
      </Table.Td>
      <Table.Td>
        {set.map(({ shape, word }) => (
          <span key={word} className="chat-line warned">
            <span aria-hidden>{shape}</span> {word}
          </span>
        ))}
        {set.length === 0 && <span className="dim">nothing</span>}
      </Table.Td>
    </Table.Tr>
  )
}

/** Something an operator should look at says so by shape as well. */
function Warned({ when, children }: { when: boolean; children: string }) {
  return when ? <b className="warned">▲ {children}</b> : children
}

const transports = ({ viewers: { socket, stream, poll } }: RoomItem['dcs'][number]): string =>
  `${whole(socket)} sockets, ${whole(stream)} streams, ${whole(poll)} polling`
