import type { RoomViewer } from '@gala/sdk/room'
import { api } from '../api.js'
import { remember, remembered } from '../identity.js'

const key = 'gala.guest'
/** A token that ends sooner is not begun with. */
const leftLeastMs = 60_000

interface Guest {
  token: string
  id: string
  name: string
  expiresAtMs: number
}

/** What was kept, or nothing when that cannot be read or does not last any more. */
export function readGuest(stored: string | null, nowMs: number): Guest | undefined {
  try {
    const { token, id, name, expiresAtMs } = JSON.parse(stored ?? '') as Guest
    const whole = [token, id, name].every((text) => typeof text === 'string') && Number.isFinite(expiresAtMs)
    return whole && expiresAtMs - nowMs > leftLeastMs ? { token, id, name, expiresAtMs } : undefined
  } catch {
    return undefined
  }
}

/** Who somebody without an account writes as: made up by the platform when first needed, and kept by the browser. */
class GuestBook {
  #guest: Guest | undefined = readGuest(remembered(key), Date.now())
  #asked: Promise<Guest> | undefined

  get name(): string {
    return this.#guest?.name ?? ''
  }

  /** Of whoever has one already, for what need not be anybody's. */
  get token(): string | undefined {
    return this.#guest && this.#guest.expiresAtMs - Date.now() > leftLeastMs ? this.#guest.token : undefined
  }

  /** As a room asks for its viewer. @throws GalaError when the platform gives no tokens, or not now. */
  readonly viewer = async (why: 'known' | 'needed' | 'refused'): Promise<RoomViewer | undefined> => {
    if (why === 'refused') this.#guest = undefined
    if (this.#guest && this.#guest.expiresAtMs - Date.now() <= leftLeastMs) this.#guest = undefined
    if (!this.#guest && why === 'known') return undefined
    return this.#guest ?? (await this.#ask(remembered(`${key}.name`) ?? ''))
  }

  /** Somebody else from the next message on: the platform gives names together with tokens. */
  rename(name: string): void {
    if (name === this.name) return
    remember(`${key}.name`, name)
    this.#guest = undefined
    remember(key, '')
  }

  #ask(name: string): Promise<Guest> {
    this.#asked ??= api.guests
      .create({ body: name === '' ? {} : { name } })
      .then(({ data: { token, viewer, expiresAt } }) => {
        this.#guest = { token, ...viewer, expiresAtMs: Date.parse(expiresAt) }
        remember(key, JSON.stringify(this.#guest))
        return this.#guest
      })
      .finally(() => {
        this.#asked = undefined
      })
    return this.#asked
  }
}

export const guestBook = new GuestBook()
