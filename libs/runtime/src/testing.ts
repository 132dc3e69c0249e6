export { fuzzRawFront } from './raw-fuzz.js'
