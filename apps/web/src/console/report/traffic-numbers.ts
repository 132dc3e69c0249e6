import type { EventTraffic } from '@gala/contracts'

interface Item {
  name: string
  value: number
  unit: string
  at?: string | null
}

const share = (part: number, all: number) => (all === 0 ? 0 : (part / all) * 100)

/** What was asked and how it was answered; what was not measured is left out. */
export function numbersOf(traffic: EventTraffic): Item[] {
  const { requests, full, degraded, bad, malformed, sentBytes, peak, durationMs, hits } = traffic
  const copies = hits.edge + hits.stale + hits.access
  return [
    { name: 'Requests', value: requests, unit: '' },
    { name: 'In full', value: share(full, requests), unit: '%' },
    { name: 'Degraded', value: degraded, unit: 'requests' },
    { name: 'Bad', value: bad, unit: 'requests' },
    ...(peak ? [{ name: 'Busiest second', value: peak.perS, unit: 'requests', at: peak.at }] : []),
    ...(durationMs
      ? [
          { name: 'Half were answered within', value: durationMs.p50, unit: 'ms' },
          { name: '99 % were answered within', value: durationMs.p99, unit: 'ms' },
          { name: '99.9 % were answered within', value: durationMs.p999, unit: 'ms' },
        ]
      : []),
    { name: 'Answered from copies', value: share(copies, requests), unit: '%' },
    { name: 'Sent', value: sentBytes / 1e9, unit: 'GB' },
    ...(malformed > 0 ? [{ name: 'Lines nobody can read', value: malformed, unit: '' }] : []),
  ]
}

/** Playback as the players saw it. */
export function playbackOf({ playback }: EventTraffic): Item[] {
  const { viewers, plays, joinMs, stalls, stalledMs, errors, bitrateKbps } = playback
  return [
    { name: 'Viewers', value: viewers, unit: '' },
    { name: 'Plays', value: plays, unit: '' },
    ...(joinMs
      ? [
          { name: 'Half saw a picture within', value: joinMs.p50, unit: 'ms' },
          { name: '99 % saw one within', value: joinMs.p99, unit: 'ms' },
        ]
      : []),
    { name: 'Stalls', value: stalls, unit: '' },
    { name: 'Stood still', value: stalledMs / 60_000, unit: 'min together' },
    { name: 'Errors of players', value: errors, unit: '' },
    ...(bitrateKbps === null ? [] : [{ name: 'Bit rate', value: bitrateKbps, unit: 'kbit/s on average' }]),
  ]
}

/** What was not bad, with as many digits as six nines take; never rounded up. */
export function ninesOf(bad: number, requests: number): string {
  return `${(Math.floor((1 - bad / requests) * 1e7) / 1e5).toFixed(5)} %`
}
