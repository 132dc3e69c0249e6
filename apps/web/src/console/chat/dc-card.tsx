import type { RoomItem } from '@gala/contracts'
import { useMemo } from 'react'
import { duration, percent, whole } from '../../format/amounts.js'
import { Spark } from '../room/spark.js'
import { dcFigures, isLate, isThinned, laneNames, pumpWords, rate } from './room-figures.js'
import type { RoomSample } from './room-log.js'

type RoomDc = RoomItem['dcs'][number]

interface Tile {
  name: string
  value: string
  bad: boolean
  lines: (sample: RoomSample) => (number | null)[]
}

const tilesOf = (dc: RoomDc): Tile[] => {
  const { viewers, inPerS, outPerS, dropShare, p99Ms } = dcFigures(dc)
  return [
    { name: 'viewers', value: whole(viewers), bad: false, lines: (of) => [of.viewers] },
    {
      name: 'in, out ┄',
      value: `${rate(inPerS)} · ${rate(outPerS)}/s`,
      bad: false,
      lines: (of) => [of.inPerS, of.outPerS],
    },
    {
      name: 'dropped',
      value: dropShare === null ? '–' : percent(dropShare, 1),
      bad: isThinned(dropShare),
      lines: (of) => [of.dropShare],
    },
    {
      name: 'p99',
      value: p99Ms === null ? '–' : duration(p99Ms),
      bad: isLate(p99Ms),
      lines: (of) => [of.p99Ms],
    },
  ]
}

/** A room in one data centre: its viewers, its lanes, and who makes its blocks. */
export function DcCard({ dc, samples }: { dc: RoomDc; samples: readonly RoomSample[] }) {
  const { shape, word, tone } = pumpWords(dc)
  const { socket, stream, poll } = dc.viewers
  return (
    <section className="panel traffic" aria-label={`The room in ${dc.dc}`} data-testid={`room-dc-${dc.dc}`}>
      <div className="row">
        <h2>{dc.dc}</h2>
        <span data-tone={tone}>
          <span className="toned" aria-hidden>
            {shape}
          </span>{' '}
          {word}
        </span>
      </div>
      <p className="plain dim">
        {whole(socket)} sockets · {whole(stream)} streams · {whole(poll)} polling · block{' '}
        {dc.head === null ? '–' : whole(dc.head)}
      </p>
      <div className="tiles chat-tiles">
        {tilesOf(dc).map((tile) => (
          <TileBox key={tile.name} tile={tile} samples={samples} />
        ))}
      </div>
      {dc.pump && <Lanes pump={dc.pump} dc={dc.dc} />}
    </section>
  )
}

function Lanes({ pump, dc }: { pump: NonNullable<RoomDc['pump']>; dc: string }) {
  const { inPerS, outPerS, dropped, chatPerS } = pump
  return (
    <table className="lanes" aria-label={`Lanes in ${dc}`}>
      <thead>
        <tr>
          <td />
          {laneNames.map((lane) => (
            <th key={lane} scope="col">
              {lane}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">in/s</th>
          {laneNames.map((lane) => (
            <td key={lane}>{rate(inPerS[lane])}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">shown/s</th>
          {laneNames.map((lane) => (
            <td key={lane}>
              {rate(outPerS[lane])}
              {lane === 'chat' && <span className="dim"> of {rate(chatPerS)}</span>}
            </td>
          ))}
        </tr>
        <tr>
          <th scope="row">dropped</th>
          <td>{whole(dropped.chat)}</td>
          <td className="dim">never</td>
          <td>{whole(dropped.notify)}</td>
          <td className="dim">never</td>
        </tr>
      </tbody>
    </table>
  )
}

function TileBox({ tile: { name, value, bad, lines }, samples }: { tile: Tile; samples: readonly RoomSample[] }) {
  // `lines` is made anew with each look, as are the samples: nothing else draws.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const [atS, drawn] = useMemo(() => {
    const rows = samples.map(lines)
    return [samples.map((sample) => sample.atS), (rows.at(-1) ?? []).map((_, i) => rows.map((row) => row[i] ?? null))]
  }, [samples])
  return (
    <div className="tile" data-bad={bad || undefined}>
      <span className="dim">{name}</span>
      <b>
        {bad && '▲ '}
        {value}
      </b>
      <Spark label={`${name} of the last minutes`} atS={atS} lines={drawn} />
    </div>
  )
}
