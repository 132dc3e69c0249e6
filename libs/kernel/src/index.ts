export { type Clock, systemClock } from './clock.js'
export { randomHex, randomId, randomUnit } from './ids.js'
