import type { Wall } from '@gala/contracts'
import { percent, whole } from '../../format/amounts.js'
import { dayAndTime } from '../../format/times.js'
import { hitsOf, newestSpan, shareOf, spansOf, totalsOf } from './wall-figures.js'
import { apartWords, budgetWords, burnWords, few, linkWords, msWords } from './wall-words.js'

/** What is read from the other end of the room: the error budget, the newest figures, and where they come from. */
export function WallHead({ wall, minutes, dcs }: { wall: Wall; minutes: number; dcs: readonly string[] }) {
  return (
    <div className="wall-head">
      <Budget wall={wall} />
      <Figures wall={wall} minutes={minutes} dcs={dcs} />
      <Links wall={wall} />
    </div>
  )
}

function Budget({ wall: { budget, event } }: { wall: Wall }) {
  const { figure, words, tone } = budgetWords(budget)
  const burn = burnWords(budget)
  return (
    <section className="panel wall-budget" aria-label="Error budget" data-tone={tone} data-testid="budget">
      <h2>Error budget, six nines</h2>
      <b className="wall-figure toned">{figure}</b>
      <span>{words}</span>
      <b className="toned" data-tone={burn.tone} data-testid="burn">
        {burn.words}
      </b>
      <span className="dim">
        {event === null ? 'Of the time shown' : 'Of this event'}, since {dayAndTime(budget.from)}
      </span>
    </section>
  )
}

interface Figure {
  id: string
  name: string
  value: string
  more: string
  bad?: boolean
  count?: number
}

function Figures({ wall, minutes, dcs }: { wall: Wall; minutes: number; dcs: readonly string[] }) {
  return (
    <section className="wall-figures" aria-label="Newest figures">
      {figuresOf(wall, minutes, dcs).map(({ id, name, value, more, bad, count }) => (
        <div
          key={id}
          className="panel"
          data-tone={bad ? 'bad' : undefined}
          data-testid={`wall-${id}`}
          data-count={count}
        >
          <h2>{name}</h2>
          <b className="wall-figure toned">
            {bad && '▲ '}
            {value}
          </b>
          <span className="dim">{more}</span>
        </div>
      ))}
    </section>
  )
}

/** Where an operator should look: the bound of a healthy night, as in the control room. */
const p99BadMs = 500

function figuresOf(wall: Wall, minutes: number, dcs: readonly string[]): Figure[] {
  const newest = newestSpan(spansOf(wall, minutes, dcs))
  const now = totalsOf(newest?.panes ?? [])
  const all = totalsOf(wall.panes.filter(({ dc }) => dcs.includes(dc)))
  const p99s = (newest?.panes ?? []).flatMap(({ dc, p99Ms }) => (p99Ms === null ? [] : [{ dc, p99Ms }]))
  const worst = p99s.toSorted((a, b) => b.p99Ms - a.p99Ms)[0]
  const known = (words: string) => (newest ? words : '–')
  return [
    {
      id: 'requests',
      name: 'requests/s',
      value: known(few(now.requests / wall.stepS)),
      more: `${newest && newest.without.length > 0 ? `◐ without ${newest.without.join(', ')}; ` : ''}${whole(all.requests)} in ${minutes} min`,
      count: all.requests,
    },
    {
      id: 'bad',
      name: 'bad',
      value: whole(all.bad),
      more: `in ${minutes} min${newest ? `; ${whole(now.bad)} in the last ${wall.stepS} s` : ''}`,
      bad: all.bad > 0,
      count: all.bad,
    },
    {
      id: 'degraded',
      name: 'degraded',
      value: known(share(now.degraded, now.requests)),
      more: `${whole(all.degraded)} in ${minutes} min`,
    },
    {
      id: 'p99',
      name: 'p99',
      value: worst ? msWords(worst.p99Ms) : '–',
      more: worst && dcs.length > 1 ? `in ${worst.dc}, the slowest` : 'of the last span',
      bad: (worst?.p99Ms ?? 0) > p99BadMs,
    },
    {
      id: 'hits',
      name: 'hit ratio',
      value: known(percent(hitsOf(now), now.requests)),
      more: `${percent(hitsOf(all), all.requests)} in ${minutes} min`,
    },
    {
      id: 'viewers',
      name: 'viewers',
      value: wall.viewers === null ? '–' : whole(wall.viewers),
      more:
        wall.event === null
          ? 'are counted by event: choose one'
          : `${wall.sessions === null ? '–' : whole(wall.sessions)} players, last whole minute`,
    },
  ]
}

/** In percent; of what is rare, three digits that say something. */
function share(part: number, all: number): string {
  const percents = shareOf(part, all)
  return percents === null ? '–' : `${few(percents)} %`
}

function Links({ wall }: { wall: Wall }) {
  const apart = apartWords(wall.apart)
  return (
    <section className="panel wall-links" aria-label="Where the figures come from" data-testid="links">
      <h2>Where these figures come from</h2>
      {wall.dcs.length === 0 && <p className="plain">○ Nothing has come from any data centre yet.</p>}
      {wall.dcs.map((each) => {
        const { tone, words } = linkWords(each)
        return (
          <p key={each.dc} className="plain" data-tone={tone} data-testid={`link-${each.dc}`}>
            <b>{each.dc}</b> <span className="told">{words}</span>
          </p>
        )
      })}
      {wall.dcs.length > 0 && (
        <p className="plain" data-tone={apart.tone} data-testid="apart">
          <b>Closed minutes</b> <span className="told">{apart.words}</span>
        </p>
      )}
    </section>
  )
}
