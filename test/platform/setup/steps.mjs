import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stateDir } from './toolchain.mjs'

/**
 * Runs one step of the set-up and shows how it goes on stderr: nothing while it takes under a second, then its name and
 * the seconds so far. A failure says what failed, why, and what mends it.
 */
export async function step(title, mend, work) {
  const startedMs = performance.now()
  const seconds = () => Math.round((performance.now() - startedMs) / 1000)
  const terminal = process.stderr.isTTY
  let shown = false
  const timer = setInterval(() => {
    if (terminal) process.stderr.write(`\r  ${title} … ${seconds()} s `)
    else if (!shown || seconds() % 15 === 0) process.stderr.write(`  ${title} … ${seconds()} s\n`)
    shown = true
  }, 1000)
  try {
    await work()
    if (shown) process.stderr.write(`${terminal ? '\r' : ''}  ${title}: done in ${seconds()} s\n`)
  } catch (error) {
    throw new Error(`${title} failed.\n  why: ${error.message}\n  mend: ${mend}`)
  } finally {
    clearInterval(timer)
  }
}

/** Runs a program, its output in `.gala/log/NAME.log`. Rejects with the beginning and the end of that output. */
export function runLogged(name, file, args, options = {}) {
  const logDir = join(stateDir, 'log')
  mkdirSync(logDir, { recursive: true })
  const logFile = join(logDir, `${name}.log`)
  const log = createWriteStream(logFile)
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let head = ''
    let tail = ''
    const take = (chunk) => {
      log.write(chunk)
      // npm says why first and prints its usage afterwards; a compiler says it last. Both ends are kept.
      const room = Math.max(0, 1000 - head.length)
      const text = String(chunk)
      head += text.slice(0, room)
      if (text.length <= room) return
      tail += text.slice(room)
      if (tail.length > 1500) tail = `\n…\n${tail.slice(-1500)}`
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => {
      log.end()
      if (code === 0) resolve()
      else reject(new Error(`${file} ended with ${code} (all it said: ${logFile}):\n${(head + tail).trim()}`))
    })
  })
}
