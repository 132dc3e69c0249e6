import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { criticalities } from '@gala/contracts'
import { program } from '@gala/platform'
import type { LoadPlan, LoadResult, Outcomes } from './load-plan.js'

const file = join(import.meta.dirname, 'load-generator.js')

/** Runs a load to its end, in a process of its own on this core. */
export async function generate(plan: LoadPlan, core: number): Promise<LoadResult> {
  // It stands for machines of its own: whatever of the platform shares the core with it must not hold it up. Who may not have this is
  // told so by `nice`, and goes on without.
  const args = ['-n', '-20', program('taskset'), '-c', String(core), process.execPath, file]
  const child = spawn(program('nice'), args, { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  child.stdin?.end(JSON.stringify(plan))
  let told = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`the load generator ended with ${code}`)
  return JSON.parse(told) as LoadResult
}

/** Of all classes. */
export const sumOf = ({ byClass }: LoadResult, what: keyof Outcomes): number =>
  criticalities.reduce((all, name) => all + byClass[name][what], 0)

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
