import type { Sort } from '../load-plan.js'

/** All who watch are in one room. */
const room = 'spring-gala'

/** What an evening asks for, one of each sort in a hundred or more. */
export const sorts: (Sort & { route: string })[] = [
  {
    route: 'bootstrap.read',
    criticality: 'critical-plus',
    method: 'GET',
    path: '/v1/events/:event/bootstrap',
    share: 0.15,
  },
  { route: 'playback.play', criticality: 'critical-plus', method: 'GET', path: '/v1/events/:event/play', share: 0.1 },
  { route: 'events.detail', criticality: 'critical', method: 'GET', path: '/v1/events/:event', share: 0.08 },
  {
    route: 'events.list',
    criticality: 'critical',
    method: 'GET',
    path: '/v1/events?page=:page&pageSize=20',
    share: 0.05,
  },
  {
    route: 'programmes.list',
    criticality: 'sheddable-plus',
    method: 'GET',
    path: '/v1/events/:event/programmes',
    share: 0.1,
  },
  {
    ...{
      route: 'likes.add',
      criticality: 'sheddable-plus',
      method: 'POST',
      path: '/v1/events/:event/likes',
      share: 0.08,
    },
    body: '{"count":1,"clientId":"drill-:run-:seq","seq":1}',
  },
  { route: 'stats.read', criticality: 'sheddable', method: 'GET', path: '/v1/events/:event/stats', share: 0.16 },
  {
    ...{
      route: 'stats.beat',
      criticality: 'sheddable',
      method: 'POST',
      path: '/v1/events/:event/presence',
      share: 0.08,
    },
    body: '{"clientId":"drill-:seq-client","sessionId":"drill-:seq-session","playing":true}',
  },
  {
    ...{
      route: 'pingbacks.add',
      criticality: 'sheddable',
      method: 'POST',
      path: '/v1/pingbacks',
      share: 0.05,
    },
    body: '{"session":"drill-:run-:seq","batch":"drill-:run-:seq","sentAt"::now,"beacons":[{"seq":1,"at"::now,"kind":"join","event":":event","joinMs":400},{"seq":2,"at"::now,"kind":"beat","event":":event"}]}',
  },
  {
    ...{ route: 'rooms.messages', criticality: 'sheddable-plus', method: 'GET', share: 0.1 },
    path: `/v1/rooms/${room}/messages`,
  },
  {
    ...{ route: 'rooms.send', criticality: 'sheddable-plus', method: 'POST', share: 0.05, token: true },
    path: `/v1/rooms/${room}/messages`,
    body: '{"type":"chat","text":"number :seq of run :run","clientId":"drill-:run-:seq","seq":1}',
  },
]
