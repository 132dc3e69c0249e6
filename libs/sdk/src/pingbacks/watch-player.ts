import type { Beacon } from '@gala/contracts'
import type { Pingbacks, Told } from './pingbacks.js'
import { thisWorld, type World } from './world.js'

/** The part of a video element that is looked at. */
export interface Watchable extends EventTarget {
  readonly autoplay: boolean
  readonly paused: boolean
  readonly seeking: boolean
  /** As of HTMLMediaElement: from 3 on there is something to go on with. */
  readonly readyState: number
  readonly currentTime: number
  readonly playbackRate: number
  readonly error: { readonly code: number } | null
  readonly buffered: { readonly length: number; end(index: number): number }
}

export interface WatchOptions {
  /** Event the player shows; null: none. */
  event: string | null
  world?: Pick<World, 'nowMs' | 'after'>
}

/** What the element does not say by itself. */
export interface Watch {
  /** The player plays at another bitrate now, in kbit/s. */
  bitrate(kbps: number): void
  /** The player has given up or had to begin anew, by its own name for that. */
  failed(code: string): void
  /** The viewer does not watch any more. */
  end(): void
}

const beatMs = 30_000
const haveFutureData = 3
/** Shorter than a picture or two, nobody has seen it. */
const stallLeastMs = 100

/**
 * Reports what a video element does: `join` with the time from being asked to play to the first picture, `play` whenever pictures begin to
 * move, `stall` when they stood still for want of data (not by seeking, not by pausing), errors, and a `beat` each half minute.
 */
export function watchPlayer(video: Watchable, to: Pingbacks, options: WatchOptions): Watch {
  return new PlayerWatch(video, to, options)
}

class PlayerWatch implements Watch {
  readonly #world: Pick<World, 'nowMs' | 'after'>
  readonly #listening = new AbortController()
  readonly #forget: () => void
  #askedMs: number | undefined
  #joined = false
  #moving = false
  #stalledMs: number | undefined
  #kbps: number | undefined
  #cancelBeat = () => {}
  #ended = false

  constructor(
    private readonly video: Watchable,
    private readonly to: Pingbacks,
    private readonly options: WatchOptions,
  ) {
    this.#world = options.world ?? thisWorld()
    // An element that plays by itself has been asked to by being there.
    if (video.autoplay || !video.paused) this.#askedMs = this.#world.nowMs()
    const { signal } = this.#listening
    const on = (type: string, run: () => void) => video.addEventListener(type, run, { signal })
    on('play', () => {
      this.#askedMs ??= this.#world.nowMs()
    })
    on('playing', () => this.#playing())
    on('waiting', () => this.#waiting())
    on('seeking', () => {
      this.#stalledMs = undefined
    })
    on('pause', () => this.#paused())
    on('error', () => this.failed(`media-${video.error?.code ?? 0}`))
    on('ended', () => this.end())
    this.#forget = to.beforeGone(() => this.end())
    if (!video.paused && video.readyState >= haveFutureData) this.#startsAmidst()
  }

  bitrate(kbps: number): void {
    const rounded = Math.round(kbps)
    if (rounded === this.#kbps || !Number.isFinite(rounded) || rounded < 0) return
    this.#kbps = rounded
    this.#tell('bitrate')
  }

  failed(code: string): void {
    this.#tell('error', { code: code.replaceAll(/[^A-Za-z0-9_.:-]/g, '_').slice(0, 64) || 'unknown' })
  }

  end(): void {
    if (this.#ended) return
    this.#tellStall()
    this.#tell('end')
    this.#ended = true
    this.#listening.abort()
    this.#cancelBeat()
    this.#forget()
  }

  /** Pictures move already: how long the first one took, nobody knows. */
  #startsAmidst() {
    this.#joined = true
    this.#playing()
  }

  #playing() {
    if (!this.#joined) {
      this.#joined = true
      this.#tell('join', { joinMs: this.#sinceMs(this.#askedMs) })
    }
    this.#tellStall()
    if (this.#moving) return
    this.#moving = true
    this.#tell('play')
    this.#beatLater()
  }

  #waiting() {
    const { paused, seeking } = this.video
    if (this.#moving && !paused && !seeking) this.#stalledMs ??= this.#world.nowMs()
  }

  #paused() {
    this.#tellStall()
    this.#moving = false
    this.#cancelBeat()
  }

  #tellStall() {
    if (this.#stalledMs === undefined) return
    const stallMs = this.#sinceMs(this.#stalledMs)
    this.#stalledMs = undefined
    if (stallMs >= stallLeastMs) this.#tell('stall', { stallMs })
  }

  #beatLater() {
    this.#cancelBeat()
    this.#cancelBeat = this.#world.after(beatMs, () => {
      this.#tell('beat', { cmcd: this.#cmcd() })
      this.#beatLater()
    })
  }

  #cmcd(): NonNullable<Beacon['cmcd']> {
    const { currentTime, buffered, playbackRate } = this.video
    const aheadS = buffered.length > 0 ? Math.max(0, buffered.end(buffered.length - 1) - currentTime) : 0
    // CTA-5004 has buffer lengths in whole tenths of a second.
    const bl = Math.round(aheadS * 10) * 100
    return {
      v: 2,
      sta: this.#stalledMs === undefined ? 'p' : 'r',
      pt: Math.round(currentTime * 1_000),
      bl,
      pr: playbackRate,
    }
  }

  #sinceMs(fromMs: number | undefined) {
    const nowMs = this.#world.nowMs()
    return Math.max(0, Math.round(nowMs - (fromMs ?? nowMs)))
  }

  #tell(kind: Told['kind'], more: Partial<Told> = {}) {
    if (this.#ended) return
    const { event } = this.options
    this.to.tell({ kind, event, ...(this.#kbps !== undefined && { bitrateKbps: this.#kbps }), ...more })
  }
}
