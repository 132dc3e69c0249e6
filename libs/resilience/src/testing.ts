/** Fakes that pass `./conformance`. */
export type { Budget, Lease, LeaseAsk } from './budget.js'
export { MemoryBudget } from './memory-budget.js'
