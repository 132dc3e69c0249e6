export { type Clock, systemClock } from './clock.js'
export { fnv1a, fnvBasis } from './hash.js'
export { bucketOf, countIn, type Histogram, mergeInto, quantileOf } from './histogram.js'
export { randomHex, randomId, randomUnit } from './ids.js'
export { oneAtATime } from './one-at-a-time.js'
export {
  type Attributes,
  asCall,
  askedAnew,
  beginCall,
  boundHere,
  type EndedSpan,
  endedWith,
  OpenSpan,
  type SpanKind,
  type Tracing,
  tracedNow,
} from './spans.js'
