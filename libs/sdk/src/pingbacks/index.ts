export { type Pingbacks, type PingbacksOptions, pingbacks, type Told } from './pingbacks.js'
export { type Watch, type Watchable, type WatchOptions, watchPlayer } from './watch-player.js'
