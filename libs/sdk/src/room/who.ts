import { GalaError } from '../error.js'

/** Who writes: a token of the platform, and whose it is, by which own messages are known even before they are answered. */
export interface RoomViewer {
  token: string
  id?: string
}

/**
 * - `known`: for reading; whoever is not known yet reads as nobody.
 * - `needed`: something is to be said.
 * - `refused`: the token given last is not taken any more.
 */
export type ViewerSource =
  | RoomViewer
  | ((why: 'known' | 'needed' | 'refused') => RoomViewer | undefined | Promise<RoomViewer | undefined>)

/** The viewer of a room, asked for when needed, and again when the platform does not take the token. */
export class Who {
  readonly #source: ViewerSource | undefined
  #id: string | undefined

  constructor(source: ViewerSource | undefined) {
    this.#source = source
    if (typeof source === 'object') this.#id = source.id
  }

  /** Of the viewer, as far as it is known. */
  get id(): string | undefined {
    return this.#id
  }

  /** Asks something as the viewer; a token that is refused is renewed once. Reading goes on without one. @throws what `ask` throws. */
  async as<T>(why: 'known' | 'needed', ask: (token: string | undefined) => Promise<T>): Promise<T> {
    const first = await this.#viewer(why)
    try {
      return await ask(first?.token)
    } catch (error) {
      if (!isOfToken(error) || first === undefined) throw error
      const next = typeof this.#source === 'function' ? await this.#viewer('refused') : undefined
      if (next !== undefined && next.token !== first.token) return await ask(next.token)
      if (why === 'known') return await ask(undefined)
      throw error
    }
  }

  async #viewer(why: 'known' | 'needed' | 'refused'): Promise<RoomViewer | undefined> {
    const viewer = typeof this.#source === 'function' ? await this.#source(why) : this.#source
    if (viewer?.id !== undefined) this.#id = viewer.id
    return viewer
  }
}

const isOfToken = (error: unknown) =>
  error instanceof GalaError && (error.code === 'TOKEN_EXPIRED' || error.code === 'UNAUTHENTICATED')
