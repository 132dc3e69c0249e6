import { RedisRoomStore, type RoomStore } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'

/** Where messages of rooms are kept: in the own data centre, and in each of the others by its id. */
export interface Rooms {
  own: RoomStore
  peers: ReadonlyMap<string, RoomStore>
}

export const ROOMS = Symbol('ROOMS')

function openRooms({ config, clock }: ApplicationContext, signals: ApplicationSignals): Rooms {
  const { GALA_KEY_PREFIX: keyPrefix, GALA_DC, GALA_REDIS_URL, GALA_PEER_REDIS_URLS } = config
  const common = { keyPrefix, clock }
  return {
    own: new RedisRoomStore({
      ...{ ...common, dc: GALA_DC, redisUrl: GALA_REDIS_URL },
      ...{ onError: signals.redisFailed, onUnreadable: signals.roomUnreadable },
    }),
    peers: new Map(
      GALA_PEER_REDIS_URLS.map(({ name: dc, value: redisUrl }) => [
        dc,
        new RedisRoomStore({ ...common, dc, redisUrl, onError: signals.peerFailed }),
      ]),
    ),
  }
}

/** One for all features that have to do with rooms: a pool without any of them opens no connection for them. */
@Module({
  providers: [{ provide: ROOMS, useFactory: openRooms, inject: [APP_CONTEXT, SIGNALS] }],
  exports: [ROOMS],
})
export class RoomPartsModule implements OnApplicationShutdown {
  constructor(@Inject(ROOMS) private readonly rooms: Rooms) {}

  async onApplicationShutdown() {
    await Promise.all([this.rooms.own, ...this.rooms.peers.values()].map((store) => store.close()))
  }
}
