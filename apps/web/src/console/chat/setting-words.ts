import type { RoomSettings, WordList } from '@gala/contracts'

export interface SettingWords {
  shape: string
  word: string
  /** It is as every room begins. */
  quiet: boolean
}

/** What is set for a room: whether viewers may write, how often, and what becomes of words. */
export const settingWords = ({ chat, slowS, onHit }: RoomSettings): SettingWords[] => [
  chat
    ? { shape: '●', word: 'viewers may write', quiet: true }
    : { shape: '✕', word: 'nobody may write', quiet: false },
  slowS === 0
    ? { shape: '○', word: 'slow mode is off', quiet: true }
    : { shape: '◔', word: `slow mode: a message each ${slowS} s`, quiet: false },
  { shape: '⚑', word: `words on a list: ${actWords[onHit]}`, quiet: onHit === 'mask' },
]

export const actWords: Record<WordList['act'], string> = {
  room: 'as the room is set to',
  mask: 'masked',
  hold: 'held for an operator',
  refuse: 'refused',
}

/** What others have changed of a room's settings while somebody was deciding. */
export function settingsChanged(seen: RoomSettings, now: RoomSettings) {
  const [before, after] = [settingWords(seen), settingWords(now)]
  const lines = ['writing', 'slow mode', 'words'].flatMap((place, i) => {
    const [from, to] = [before[i]?.word ?? '', after[i]?.word ?? '']
    return from === to ? [] : [{ place, from, to }]
  })
  return { who: 'Somebody', at: '', reason: '', lines }
}
