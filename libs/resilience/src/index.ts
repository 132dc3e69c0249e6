export { ConcurrencyLimit, type Outcome } from './concurrency-limit.js'
export { Headroom, type Occupancy } from './headroom.js'
export { Shedder } from './shedder.js'
