import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** Where an edge of ours may stand: loopback, private (RFC 1918, RFC 4193) and link-local addresses. */
const ours = new BlockList()
ours.addSubnet('127.0.0.0', 8)
ours.addSubnet('10.0.0.0', 8)
ours.addSubnet('172.16.0.0', 12)
ours.addSubnet('192.168.0.0', 16)
ours.addSubnet('169.254.0.0', 16)
ours.addAddress('::1', 'ipv6')
ours.addSubnet('fc00::', 7, 'ipv6')
ours.addSubnet('fe80::', 10, 'ipv6')

/**
 * Whose address a request counts for: an IPv4 address, or the /64 an IPv6 address is in. The edge overwrites
 * `x-forwarded-for` with the address it was called from; whoever calls from elsewhere is not the edge and may have made it up.
 */
export function clientNetwork(request: {
  headers: IncomingHttpHeaders
  socket: { remoteAddress?: string | undefined }
}): string {
  const peer = plain(request.socket.remoteAddress ?? '')
  const told = request.headers['x-forwarded-for']
  const client = plain((Array.isArray(told) ? told.join(',') : (told ?? '')).split(',').at(-1)?.trim() ?? '')
  const believed = isOurs(peer) && isIP(client) > 0 ? client : peer
  return isIP(believed) === 6 ? network(believed) : believed
}

/** Without zone, and an IPv4 address that came over an IPv6 socket as itself. */
const plain = (address: string) => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')

const isOurs = (peer: string) => isIP(peer) > 0 && ours.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4')

/** The first 64 bits, written in one way. */
function network(address: string): string {
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0)
    while (groups.length + after < 8) groups.push('0')
    groups.push(...tail.split(':'))
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
