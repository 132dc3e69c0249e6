import type { WordAct, WordList } from '@gala/contracts'

/** What is to become of a text. */
export interface Verdict {
  act: 'pass' | WordAct
  /** What was found, as it stands in the lists; the first ten. */
  words: readonly string[]
  /** The text with everything that was found covered, whatever the act is. */
  masked: string
}

/** Looks at texts before anybody sees them. The built-in one knows lists of words; a team may put another one in its place. */
export interface Screen {
  /**
   * `onHit`: what becomes of words whose list leaves it to the room.
   * @throws AppError ROOM_UNAVAILABLE while nothing can be said: what has not been screened is not shown.
   */
  check(text: string, onHit: WordAct): Verdict | Promise<Verdict>
}

export const SCREEN = Symbol('SCREEN')

/** A list as far as screening has to know it. */
export type ScreenedList = Pick<WordList, 'id' | 'act' | 'version'> & {
  /** One a line. */
  words: string
}
