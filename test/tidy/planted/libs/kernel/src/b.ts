import { a } from './index.js'
export const b: unknown = () => a
export const nobodyAsksForThis = 1
