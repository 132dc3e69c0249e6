/** Lines as the edge and the ping-backs write them, for tests. */
export const requestLine = (over: Record<string, unknown> = {}): string =>
  JSON.stringify({
    time: '2026-02-16T12:00:00+00:00',
    msec: 1771243200.123,
    request_id: '0123456789abcdef0123456789abcdef',
    trace: 'fedcba9876543210fedcba9876543210',
    dc: 'dc-a',
    method: 'GET',
    uri: '/v1/events/spring-gala/bootstrap',
    args: '',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 1234,
    request_s: 0.012,
    upstream: '127.0.0.1:1234',
    upstream_status: '200',
    upstream_s: '0.010',
    edge_cache: 'MISS',
    cache: 'hit',
    degraded: '',
    agent: 'test/1',
    remote: '10.1.2.3',
    ...over,
  })

export const beaconLine = (over: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: 'session-1-7',
    at: 1771243200123,
    received: 1771243201000,
    dc: 'dc-a',
    event: 'spring-gala',
    kind: 'join',
    session: 'session-1',
    viewer: null,
    verified: false,
    joinMs: 320,
    ...over,
  })
