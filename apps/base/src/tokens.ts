/** Injection tokens of things that are not classes of this app. */
export const DATABASE = Symbol('DATABASE')
export const BUS = Symbol('BUS')
export const BREAKERS = Symbol('BREAKERS')
export const STORES = Symbol('STORES')
