/**
 * Finds all of many words in one pass (A. V. Aho, M. J. Corasick, "Efficient string matching", 1975). A state is how much of some word
 * the text ends with; every state knows the next shorter one, and the next shorter one that is a whole word.
 *
 * Letters are code points, so an alphabet may be anything: edges are in one open hash table instead of a row per state. What is
 * read together lies together, for most of what a step takes is waiting for memory.
 */
export class Automaton {
  #states = 1
  /** Slots of four numbers: state, letter, the state after it (0: the slot is free), nothing. */
  readonly #edges: Int32Array
  readonly #mask: number
  /** The state after each letter at the beginning, where most steps end up. */
  readonly #first = new Int32Array(firstLetters)
  /** The longest other state the text also ends with. */
  readonly #shorter: Int32Array
  /** The longest word that a state ends with but is not; 0: none. */
  readonly #wordWithin: Int32Array
  /** One more than the first of the words that are this state; 0: none. */
  readonly #wordHere: Int32Array
  /** Likewise: another word that is the same state. */
  readonly #wordNext: number[] = []
  /** The state before each, and the letter between. Only while it is built. */
  #parent: Int32Array
  #letter: Int32Array

  /** Room is taken at once, 50 to 90 bytes a state: one, and one for each letter of the words. */
  constructor(statesMax: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * statesMax))
    this.#edges = new Int32Array(4 * slots)
    this.#mask = slots - 1
    this.#shorter = new Int32Array(statesMax)
    this.#wordWithin = new Int32Array(statesMax)
    this.#wordHere = new Int32Array(statesMax)
    this.#parent = new Int32Array(statesMax)
    this.#letter = new Int32Array(statesMax)
  }

  get states(): number {
    return this.#states
  }

  /** Adds a word by its number, 0 and up. */
  add(word: number, letters: readonly number[]) {
    let state = 0
    for (const letter of letters) state = this.#after(state, letter) || this.#newState(state, letter)
    this.#wordNext[word] = this.#wordHere[state] ?? 0
    this.#wordHere[state] = word + 1
  }

  /** After the last word. Yields now and then, so that whoever builds can let others have a turn. */
  *finish(): Generator<void, void> {
    const order = yield* this.#breadthFirst()
    for (let i = 1; i < order.length; i++) {
      if (i % stepsPerTurn === 0) yield
      const state = order[i] ?? 0
      const parent = this.#parent[state] ?? 0
      const shorter = parent === 0 ? 0 : this.step(this.#shorter[parent] ?? 0, this.#letter[state] ?? 0)
      this.#shorter[state] = shorter
      this.#wordWithin[state] = this.#wordHere[shorter] ? shorter : (this.#wordWithin[shorter] ?? 0)
    }
    this.#parent = this.#letter = new Int32Array()
  }

  /** The state after one more letter; 0 is the beginning. */
  step(state: number, letter: number): number {
    for (let at = state; at !== 0; at = this.#shorter[at] ?? 0) {
      const next = this.#after(at, letter)
      if (next !== 0) return next
    }
    return letter < firstLetters ? (this.#first[letter] ?? 0) : this.#after(0, letter)
  }

  /** Calls `take` with every word the text ends with in this state, the longest first, until it says that it is enough. */
  eachWord(state: number, take: (word: number) => boolean): void {
    let at = this.#wordHere[state] ? state : (this.#wordWithin[state] ?? 0)
    for (; at !== 0; at = this.#wordWithin[at] ?? 0) {
      for (let word = this.#wordHere[at] ?? 0; word > 0; word = this.#wordNext[word - 1] ?? 0) {
        if (take(word - 1)) return
      }
    }
  }

  /** States in the order of their depth: the shorter ones of a state come before it. No state is made before its parent. */
  *#breadthFirst(): Generator<void, Int32Array> {
    const depth = new Uint16Array(this.#states)
    const startOf: number[] = [0, 1]
    for (let state = 1; state < this.#states; state++) {
      if (state % stepsPerTurn === 0) yield
      const deep = (depth[this.#parent[state] ?? 0] ?? 0) + 1
      depth[state] = deep
      startOf[deep + 1] = (startOf[deep + 1] ?? 0) + 1
    }
    for (let deep = 2; deep < startOf.length; deep++) startOf[deep] = (startOf[deep] ?? 0) + (startOf[deep - 1] ?? 0)
    const order = new Int32Array(this.#states)
    for (let state = 1; state < this.#states; state++) {
      if (state % stepsPerTurn === 0) yield
      const deep = depth[state] ?? 0
      const place = startOf[deep] ?? 0
      order[place] = state
      startOf[deep] = place + 1
    }
    return order
  }

  #after(state: number, letter: number): number {
    const edges = this.#edges
    for (let slot = hash(state, letter) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const to = edges[4 * slot + 2] ?? 0
      if (to === 0 || (edges[4 * slot] === state && edges[4 * slot + 1] === letter)) return to
    }
  }

  #newState(parent: number, letter: number): number {
    const state = this.#states++
    this.#parent[state] = parent
    this.#letter[state] = letter
    let slot = hash(parent, letter) & this.#mask
    while (this.#edges[4 * slot + 2] !== 0) slot = (slot + 1) & this.#mask
    this.#edges.set([parent, letter, state], 4 * slot)
    if (parent === 0 && letter < firstLetters) this.#first[letter] = state
    return state
  }
}

const firstLetters = 0x1_0000
/** Some tenths of a millisecond. */
const stepsPerTurn = 1_024

/** The last steps of MurmurHash3 (Austin Appleby, public domain): all bits of both count in the lowest. */
function hash(state: number, letter: number): number {
  let mixed = Math.imul(state, 0x9e3779b1) + letter
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
