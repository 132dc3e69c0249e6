import { RedisRoomStore } from '@gala/rooms'
import type { Provider } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'
import { CockpitService } from './cockpit.service.js'
import { GiftsService } from './gifts.service.js'
import { ModerationService } from './moderation.service.js'
import { RoomSettingsService } from './room-settings.service.js'
import { RoomStores } from './room-stores.js'
import { RoomsRepository } from './rooms.repository.js'
import { WordsService } from './words.service.js'

/** Everything about rooms that is made by the framework. */
export const roomProviders: Provider[] = [
  RoomStores,
  RoomsRepository,
  RoomSettingsService,
  ModerationService,
  CockpitService,
  WordsService,
  GiftsService,
]

/** The rooms of every data centre, own first. */
export function openRoomStores({ config, clock }: BaseContext, onError: (error: unknown) => void): RedisRoomStore[] {
  const own = { name: config.GALA_DC, value: config.GALA_REDIS_URL }
  return [own, ...config.GALA_CONTROL_REDIS_URLS].map(
    ({ name: dc, value: redisUrl }) =>
      new RedisRoomStore({ redisUrl, keyPrefix: config.GALA_KEY_PREFIX, dc, clock, onError }),
  )
}
