import type { Event, isps, Play, protocols } from '@gala/contracts'

export interface EdgeAddress {
  dc: string
  url: string
}

export interface Caller {
  protocol: (typeof protocols)[number]
  isp: (typeof isps)[number] | undefined
}

/** What the encoders make; see the stream part of the platform. */
const ladder = [
  { name: '360p', width: 640, height: 360, bitrateKbps: 500 },
  { name: '180p', width: 320, height: 180, bitrateKbps: 200 },
]

/** Which data centre is nearest in the network of each operator. The demo's table: a real one comes from measurement. */
const nearest: Partial<Record<NonNullable<Caller['isp']>, string>> = { telecom: 'dc-a', unicom: 'dc-b' }

/** HTTP-FLV is in the contract, but no part of the platform makes it yet. */
export const offered: Play['protocols'] = ['hls']

/** Where this caller gets the video: the best data centre's line first, every other one as a backup. */
export function playFor(event: Event, caller: Caller, ownDc: string, edges: readonly EdgeAddress[]): Play {
  const reason = unavailable(event.status)
  const preferred = (caller.isp && nearest[caller.isp]) ?? ownDc
  const rank = ({ dc }: EdgeAddress) => (dc === preferred ? 0 : dc === ownDc ? 1 : 2)
  const lines = edges
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ dc, url }, i) => ({
      role: i === 0 ? ('main' as const) : ('backup' as const),
      dc,
      protocol: caller.protocol,
      url: `${url}/live/${event.id}/master.m3u8`,
      ladder: ladder.map((rung) => ({ ...rung, url: `${url}/live/${event.id}/${rung.name}/index.m3u8` })),
    }))
  return {
    eventId: event.id,
    available: reason === null,
    reason,
    protocols: offered,
    lines: reason === null ? lines : [],
  }
}

function unavailable(status: Event['status']): Play['reason'] {
  if (status === 'ended') return 'ended'
  return status === 'live' || status === 'paused' || status === 'replay' ? null : 'not-started'
}
