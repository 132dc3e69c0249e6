import type { Sort } from '../load-plan.js'

/** What an evening asks for, one of each sort in a hundred or more. */
export const sorts: (Sort & { route: string })[] = [
  {
    route: 'bootstrap.read',
    criticality: 'critical-plus',
    method: 'GET',
    path: '/v1/events/:event/bootstrap',
    share: 0.18,
  },
  { route: 'playback.play', criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/play', share: 0.12 },
  { route: 'events.detail', criticality: 'critical', method: 'GET', path: '/v1/events/:event', share: 0.1 },
  {
    route: 'events.list',
    criticality: 'critical',
    method: 'GET',
    path: '/v1/events?page=:page&pageSize=20',
    share: 0.06,
  },
  {
    route: 'programmes.list',
    criticality: 'sheddable-plus',
    method: 'GET',
    path: '/v1/events/:event/programmes',
    share: 0.14,
  },
  {
    ...{
      route: 'likes.add',
      criticality: 'sheddable-plus',
      method: 'POST',
      path: '/v1/events/:event/likes',
      share: 0.1,
    },
    body: '{"count":1,"clientId":"drill-:seq-client","seq":1}',
  },
  { route: 'stats.read', criticality: 'sheddable', method: 'GET', path: '/v1/events/:event/stats', share: 0.2 },
  {
    ...{
      route: 'stats.beat',
      criticality: 'sheddable',
      method: 'POST',
      path: '/v1/events/:event/presence',
      share: 0.1,
    },
    body: '{"clientId":"drill-:seq-client","sessionId":"drill-:seq-session","playing":true}',
  },
]
