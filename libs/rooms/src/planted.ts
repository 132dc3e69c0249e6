import { MemoryRoom } from './memory-room.js'
import type { StoredBlock } from './room-store.js'

/** What keeps the promise. A history that lacks one of them has to break it. */
export const guards = [
  'a number of a client is taken once',
  'what is behind the last one taken over is not taken over',
  'what comes after something that was forgotten is not taken over',
  'an epoch that is over does not come back',
  'a block is put by the newest holder',
  'a block is the next one, of the present epoch',
  'a store that was emptied begins a new epoch',
  'who has forgotten something gets it again',
] as const

export type Guard = (typeof guards)[number]

export function lackingRoom(lacking: Guard | undefined, dc: string): MemoryRoom {
  switch (lacking) {
    case 'a number of a client is taken once':
      return new Forgetful(dc)
    case 'what is behind the last one taken over is not taken over':
      return new Backward(dc)
    case 'what comes after something that was forgotten is not taken over':
      return new Careless(dc)
    case 'an epoch that is over does not come back':
      return new Timeless(dc)
    case 'a block is put by the newest holder':
      return new Unfenced(dc)
    case 'a block is the next one, of the present epoch':
      return new Unordered(dc)
    case 'a store that was emptied begins a new epoch':
      return new Everlasting(dc)
    default:
      return new MemoryRoom(dc)
  }
}

class Forgetful extends MemoryRoom {
  protected override seenAs() {
    return undefined
  }
}

class Backward extends MemoryRoom {
  protected override isBehind() {
    return false
  }
}

class Careless extends MemoryRoom {
  protected override misses() {
    return false
  }
}

class Timeless extends MemoryRoom {
  protected override outlived() {
    return false
  }
}

class Unfenced extends MemoryRoom {
  protected override holds() {
    return true
  }
}

class Unordered extends MemoryRoom {
  protected override isNext(_: StoredBlock) {
    return true
  }
}

class Everlasting extends MemoryRoom {
  protected override newEpoch() {
    return this.dc === 'dc-a' ? '0000000a' : '0000000b'
  }
}
