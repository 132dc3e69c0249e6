import type { DialectName } from './crowd/dialects.js'
import type { ContenderName } from './options.js'
import type { OurRoom } from './our-room.js'
import { startCentrifugo } from './peers/centrifugo.js'
import { startNodePeer } from './peers/node-peer.js'
import type { Peer } from './peers/peer.js'

/** Somebody whose deliveries are counted. */
export interface Contender {
  name: ContenderName
  dialect: DialectName
  /** Whether it is somebody else's. */
  peer: boolean
  /** As many processes of it as its work takes, anew for each turn. */
  start: () => Promise<Running>
}

export interface Running extends Peer {
  /** Processes whose work is its work too. */
  others: readonly number[]
  /** Where viewers get tickets; empty: they need none. */
  connectUrl: string
}

interface Given {
  room: OurRoom | undefined
  centrifugo: string | undefined
  /** Gone when the bench ends. */
  dir: string
  nextPort: () => number
}

export function contenderOf(name: ContenderName, { room, centrifugo, dir, nextPort }: Given): Contender | undefined {
  const alone = async (peer: Promise<Peer>): Promise<Running> => ({ ...(await peer), others: [], connectUrl: '' })
  if (name === 'ours') return room && { name, dialect: 'gala', peer: false, start: () => room.start() }
  if (name === 'centrifugo')
    return centrifugo === undefined
      ? undefined
      : { name, dialect: name, peer: true, start: () => alone(startCentrifugo(centrifugo, dir, nextPort())) }
  return { name, dialect: name, peer: true, start: () => alone(startNodePeer(name)) }
}
