import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks `condition` every `everyMs` until it holds. @throws with `what` when it does not within `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  timeoutMs: number,
  everyMs = 50,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`${typeof what === 'string' ? what : what()} (waited ${Math.round(timeoutMs / 1000)} s)`)
    }
    await sleep(everyMs)
  }
}

/** Whether something listens on a loopback port. */
export function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 500 })
    const done = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', done(true)).on('error', done(false)).on('timeout', done(true))
  })
}
