import { registerHooks } from 'node:module'

/** A guard taken out on purpose: the fuzzer has to notice. */
interface Planted {
  what: string
  /** End of the compiled file's path, the text of the guard in it, and what stands there instead. */
  file: string
  find: string
  instead: string
}

export const planted: Record<string, Planted> = {
  'fence-check': {
    what: 'a copy is believed although one of its tags has changed since',
    file: 'libs/cache/dist/fences.js',
    find: 'if (position < this.#of(tag))',
    instead: 'if (false)',
  },
  'floor-check': {
    what: 'a copy is believed although changes may have been missed',
    file: 'libs/cache/dist/fences.js',
    find: 'position >= this.bus.floor && this.clear(tags, position)',
    instead: 'this.clear(tags, position)',
  },
  'forgotten-fences': {
    what: 'a fence that was forgotten for room counts as none',
    file: 'libs/cache/dist/fences.js',
    find: 'this.#positions.get(tag) ?? this.#evicted',
    instead: 'this.#positions.get(tag) ?? 0',
  },
  'shared-fences': {
    what: 'a value of the store is believed whatever its fences say',
    file: 'libs/cache/dist/shared-tier.js',
    find: 'this.fences.raise(tag, kept.fences[i] ?? 0);',
    instead: '',
  },
  'shared-floor': {
    what: 'a store that has forgotten its fences is believed',
    file: 'libs/cache/dist/shared-tier.js',
    find: 'kept.floor === null || loaded.position < kept.floor',
    instead: 'false',
  },
  'shared-announced': {
    what: 'a store that fell back to an older state of itself counts as knowing all that was announced',
    file: 'libs/cache/dist/shared-tier.js',
    find: 'kept.announced ?? 0',
    instead: 'this.fences.heard',
  },
  'pushed-age': {
    what: 'a value that comes with a message counts as current at that moment',
    file: 'libs/cache/dist/loader.js',
    find: 'loaded, Math.min(bus.vouchedAtMs, this.#readAtMs(loaded)), raw.length',
    instead: 'loaded, this.on.clock.monotonicMs(), raw.length',
  },
  'sequence-check': {
    what: 'a skipped position is not taken for a lost message',
    file: 'libs/bus/dist/follower.js',
    find: 'return this.#newest > this.#position ? this.#newest : this.#lost;',
    instead: 'return 0;',
  },
  'silence-check': {
    what: 'a silent bus counts as one without news',
    file: 'libs/bus/dist/follower.js',
    find: 'return this.#vouchedAtMs;',
    instead: 'return this.#vouchedAtMs > 0 ? this.clock.monotonicMs() : this.#vouchedAtMs;',
  },
  'late-heartbeats': {
    what: 'a heartbeat that was held up counts as news of the present',
    file: 'libs/bus/dist/follower.js',
    find: 'this.clock.monotonicMs() - this.#lateMs(beat)',
    instead: 'this.clock.monotonicMs()',
  },
  'first-heartbeat': {
    what: 'the first heartbeat of an unknown sender is believed, although it may have been held up',
    file: 'libs/bus/dist/follower.js',
    find: 'confirmed: false };',
    instead: 'confirmed: true };',
  },
  'version-check': {
    what: 'a value counts as new as the server is after its rows were read, not before',
    file: 'test/chaos/dist/sim-database.js',
    find: 'position: before',
    instead: 'position: this.position(dc)',
  },
  claim: {
    what: 'every process that misses a key loads it',
    file: 'libs/cache/dist/shared-tier.js',
    find: 'this.#try(() => this.store.claim(key, tags, token, forMs, seen))',
    instead: "Promise.resolve('claimed')",
  },
}

/** Compiles the guard out of whatever is imported from now on. @throws when the guard is not there any more. */
export function plant(name: string): void {
  const fault = planted[name]
  if (!fault) throw new Error(`there is no planted fault ${name}; there are ${Object.keys(planted).join(', ')}`)
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(fault.file)) return loaded
      const source = String(loaded.source)
      if (source.split(fault.find).length !== 2)
        throw new Error(`${fault.file} does not hold the guard of ${name} once`)
      return { ...loaded, source: source.replace(fault.find, () => fault.instead) }
    },
  })
}
