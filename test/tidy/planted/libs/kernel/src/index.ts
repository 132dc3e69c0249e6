import { b } from './b.js'
import { main } from '../../../apps/access/src/main.js'
import { c } from '../../contracts/src/index.js'
export const a = [b, main, c]
