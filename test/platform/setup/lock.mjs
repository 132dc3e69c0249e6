import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateDir } from './toolchain.mjs'

const file = join(stateDir, 'set-up.lock')

/** Runs `work` while no other command of this checkout sets up. */
export async function withLock(work) {
  let told = false
  while (!take()) {
    if (!told) process.stderr.write('  another command is setting up this checkout; waiting for it\n')
    told = true
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take() {
  mkdirSync(stateDir, { recursive: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (holder > 0 && !runs(holder)) rmSync(file, { force: true })
  return false
}

function runs(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
