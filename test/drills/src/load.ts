import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '@gala/platform'
import type { LoadPlan, LoadResult } from './load-plan.js'

const file = join(import.meta.dirname, 'load-generator.js')

/** Runs a load to its end, in a process of its own on this core. */
export async function generate(plan: LoadPlan, core: number): Promise<LoadResult> {
  const args = ['-c', String(core), process.execPath, file]
  const child = spawn(program('taskset'), args, { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  child.stdin?.end(JSON.stringify(plan))
  let told = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`the load generator ended with ${code}`)
  return JSON.parse(told) as LoadResult
}

/** Moves processes, with all their threads, to one core. */
export async function onCore(core: number, pids: readonly number[]) {
  for (const pid of pids) {
    const child = spawn(program('taskset'), ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
    await new Promise((resolve) => child.on('close', resolve))
  }
}

/** What these processes have used of any processor since they began. */
export function cpuSecondsOf(pids: readonly number[]): number {
  // Fields 14 and 15 of /proc/PID/stat, in hundredths of a second on every Linux Node runs on; the name may hold blanks.
  const used = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) / 100
  })
  return used.reduce((all, each) => all + each, 0)
}
