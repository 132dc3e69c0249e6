import { inside } from '../../../libs/cache/src/inside.js'
import { other } from '../../base/src/other.js'
export const main: unknown = [inside, other]
