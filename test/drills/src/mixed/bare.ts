import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { program } from '@gala/platform'

const file = join(import.meta.dirname, 'bare-server.js')

/** Does something with the address of a bare `node:http` server that has this core for itself meanwhile. */
export async function besideBare<T>(core: number, use: (url: string) => Promise<T>): Promise<T> {
  const args = ['-c', String(core), process.execPath, file]
  const child = spawn(program('taskset'), args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  try {
    const port = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()))
      child.once('exit', (code) => reject(new Error(`the bare server ended with ${code}`)))
    })
    return await use(`http://127.0.0.1:${port}`)
  } finally {
    child.kill()
  }
}
