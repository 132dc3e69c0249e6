import type { EventReport, EventTraffic } from '@gala/contracts'

type Quantiles = EventTraffic['durationMs']
const lineMax = 40

/** The report of an event as Markdown: what the lake counted, and what its timeline wrote down. */
export function reportPage(event: string, traffic: EventTraffic, report: EventReport | null, why: string): string {
  const parts = [
    `# ${report?.event.title ?? event}`,
    `${event}, ${traffic.from} to ${traffic.to}`,
    requests(traffic),
    table(
      ['Data centre', 'Requests', 'Full', 'Degraded', 'Bad', 'Malformed'],
      traffic.dcs.map((of) => [of.dc, ...outcomes(of)]),
    ),
    `## Routes\n\n${table(
      ['Route', 'Requests', 'Full', 'Degraded', 'Bad', 'Malformed', 'p50 / p99 / p99.9 ms', 'MB'],
      traffic.routes.map((of) => [
        of.route,
        ...outcomes(of),
        quantiles(of.durationMs),
        (of.sentBytes / 1e6).toFixed(1),
      ]),
    )}`,
    traffic.errors.length > 0
      ? `## Refusals and failures\n\n${table(
          ['Route', 'Status', 'Requests'],
          traffic.errors.map(({ route, status, count }) => [route, String(status), whole(count)]),
        )}`
      : '',
    playback(traffic),
    `## Over time\n\nSteps of ${traffic.seriesStepMs / 60_000} min.\n\n${table(
      ['From', 'Requests', 'Degraded', 'Bad', 'Plays', 'Stalls', 'Viewers'],
      traffic.series
        .slice(0, lineMax)
        .map((of) => [of.at, ...[of.requests, of.degraded, of.bad, of.plays, of.stalls, of.viewers].map(whole)]),
    )}`,
    timeline(report, why),
    audit(traffic),
    `## What is not in here\n\n${[...traffic.gaps, ...(report?.gaps ?? [])].map((gap) => `- ${gap}`).join('\n')}`,
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function requests({
  requests: all,
  full,
  degraded,
  bad,
  malformed,
  budget,
  peak,
  durationMs,
  hits,
  sentBytes,
}: EventTraffic) {
  const left =
    budget.left === null
      ? 'nothing was asked'
      : budget.left < 0
        ? `**${(budget.spent / budget.allowed).toFixed(1)} times** what may be`
        : `${(budget.left * 100).toFixed(1)} % of it is left`
  const part = (count: number) => (all === 0 ? '–' : `${((count / all) * 100).toFixed(4)} %`)
  return [
    '## Requests\n',
    `- **${whole(all)}** requests: ${whole(full)} full, ${whole(degraded)} degraded (${part(degraded)}), ${whole(bad)} bad (${part(bad)}), ${whole(malformed)} lines nobody could read`,
    `- **Error budget** at ${budget.target * 100} %: ${budget.allowed} may be bad, ${whole(budget.spent)} were; ${left}`,
    `- **Peak** ${peak ? `${whole(peak.perS)} in the second of ${peak.at}` : '–'}`,
    `- **Time** p50 / p99 / p99.9: ${quantiles(durationMs)} ms`,
    `- **Copies**: edge ${part(hits.edge)}, old ones of the edge ${part(hits.stale)}, access ${part(hits.access)}`,
    `- **Sent** ${(sentBytes / 1e6).toFixed(1)} MB`,
  ].join('\n')
}

function playback({ playback: of }: EventTraffic) {
  return [
    '## Playback, as players report it\n',
    `- ${whole(of.viewers)} viewers, ${whole(of.plays)} plays, ${whole(of.errors)} errors`,
    `- ${whole(of.joins)} joins, p50 / p99 / p99.9 until the first picture: ${quantiles(of.joinMs)} ms`,
    `- ${whole(of.stalls)} stalls, ${(of.stalledMs / 1_000).toFixed(1)} s together`,
    `- bitrate ${of.bitrateKbps ?? '–'} kbit/s on average`,
  ].join('\n')
}

function timeline(report: EventReport | null, why: string) {
  if (!report) return `## Timeline\n\nThere is no report of the timeline: ${why}.`
  const steps = report.steps.map(({ due, title, state, lateMs }) => [
    due,
    title,
    state,
    lateMs === null ? '–' : `${lateMs} ms`,
  ])
  const degradations = report.degradations.map(({ at, what, actor, reason }) => [at, what, actor, reason ?? '–'])
  return [
    `## Timeline\n\n${table(['Due', 'Step', 'State', 'Late'], steps)}`,
    degradations.length > 0 ? `## Degradations\n\n${table(['At', 'What', 'Who', 'Why'], degradations)}` : '',
  ]
    .filter(Boolean)
    .join('\n\n')
}

function audit({ audit: entries }: EventTraffic) {
  if (entries.length === 0) return ''
  const rows = entries
    .slice(0, lineMax)
    .map(({ at, actor, action, target, reason }) => [at, actor, action, target, reason ?? '–'])
  return `## Operators\n\n${table(['At', 'Who', 'What', 'On', 'Why'], rows)}`
}

const outcomes = (of: Pick<EventTraffic, 'requests' | 'full' | 'degraded' | 'bad' | 'malformed'>) =>
  [of.requests, of.full, of.degraded, of.bad, of.malformed].map(whole)
const quantiles = (of: Quantiles) => (of ? [of.p50, of.p99, of.p999].map((ms) => Math.round(ms)).join(' / ') : '–')
const whole = (count: number) => count.toLocaleString('en')

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
