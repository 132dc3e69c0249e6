import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { listening, PlatformClient, type PlatformStatus, until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, type Rig } from './rig.js'

const root = resolve(import.meta.dirname, '../../..')
const cli = join(root, 'test/platform/dist/cli.js')
const stateDir = join(root, '.gala/test-second')
const portBase = Number(process.env['GALA_TEST_PORT_BASE'])
const env = { ...process.env, GALA_STATE_DIR: stateDir, GALA_PORT_BASE: String(portBase) }

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** One command of the platform, as npm runs it. */
function gala(args: string[], more: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((done) => {
    execFile(process.execPath, [cli, ...args], { env: { ...env, ...more } }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

const portsOf = ({ dcs }: PlatformStatus) =>
  dcs
    .flatMap((dc) => [dc.edge, ...dc.access, ...dc.application, ...dc.base, dc.redis, dc.mysql])
    .map((url) => Number(new URL(url).port))

/** Names of processes that hold a file or folder of this platform in their command line. */
const left = () =>
  new Promise<string>((done) => {
    execFile('pgrep', ['-f', `${stateDir}/dc-`], (_, stdout) => done(stdout.trim()))
  })

describe('npm start and npm stop', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await connectRig()
    await rm(stateDir, { recursive: true, force: true })
  })
  afterAll(async () => {
    await gala(['stop'])
    await rm(stateDir, { recursive: true, force: true })
  })

  it('bring up a second platform beside the first, and take it away without a trace', async () => {
    const started = await gala(['start', '--detach'])
    expect([started.code, started.stderr]).toEqual([0, expect.any(String)])
    const status = JSON.parse((await gala(['status', '--json'])).stdout) as PlatformStatus
    expect(status).toMatchObject({
      ready: true,
      dcs: [
        { id: 'dc-a', ready: true },
        { id: 'dc-b', ready: true },
      ],
    })
    const first = async () => (await rig.platform.status()).ready
    await until(first, 'the first platform does not work beside the second', 60_000)
    for (const { edge } of [...status.dcs, rig.a]) expect((await get(`${edge}/v1/events/spring-gala`)).status).toBe(200)
    expect((await gala(['start', '--detach'])).code).toBe(0)
    expect(listeners(portsOf(status))).toEqual(new Set(['127.0.0.1']))
    const stopped = await gala(['stop'])
    expect([stopped.code, stopped.stdout]).toEqual([0, 'stopped; nothing is left running\n'])
    expect(await Promise.all(portsOf(status).map(listening))).not.toContain(true)
    expect(await left()).toBe('')
    expect((await gala(['stop'])).stdout).toBe('nothing is running\n')
    expect(JSON.parse((await gala(['status', '--json'])).stdout)).toMatchObject({ ready: false, dcs: [] })
  })

  it('clean up after a starter that was killed, and start again on the same data', async () => {
    expect((await gala(['start', '--detach'])).code).toBe(0)
    const client = PlatformClient.connect(stateDir)
    const ports = portsOf(await client.status())
    process.kill(client.pid, 'SIGKILL')
    await until(() => !client.alive, 'the starter is still there', 10_000)
    expect(await left()).not.toBe('')
    const stopped = await gala(['stop'])
    expect([stopped.code, stopped.stdout]).toEqual([0, 'stopped; nothing is left running\n'])
    expect(await left()).toBe('')
    expect(await Promise.all(ports.map(listening))).not.toContain(true)
    expect((await gala(['start', '--detach'])).code).toBe(0)
    const again = PlatformClient.connect(stateDir)
    process.kill(again.pid, 'SIGKILL')
    await until(() => !again.alive, 'the starter is still there', 10_000)
    // Not even stopped in between.
    expect((await gala(['start', '--detach'])).code).toBe(0)
    expect((await gala(['stop'])).code).toBe(0)
    expect(await left()).toBe('')
    // Three starts of everything, on a machine that may be busy.
  }, 480_000)

  it('end gracefully on Ctrl-C', async () => {
    const child = spawn(process.execPath, [cli, 'start'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    await until(() => said.includes('Ctrl-C ends it.'), 'it does not start', 150_000)
    const code = new Promise((done) => child.on('exit', done))
    child.kill('SIGINT')
    expect(await code).toBe(0)
    expect(await left()).toBe('')
  })

  it('say what is wrong with a port base, and with a port somebody has', async () => {
    const odd = await gala(['start', '--detach'], { GALA_PORT_BASE: '80' })
    expect([odd.code, odd.stderr]).toEqual([1, expect.stringContaining('GALA_PORT_BASE')])
    const taken = await gala(['start', '--detach'], { GALA_PORT_BASE: String(portBase - 1_000) })
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringMatching(/port .*\d+/)])
    expect(await left()).toBe('')
    expect((await rig.platform.status()).ready).toBe(true)
  })
})

describe('an app with a configuration key it cannot use', () => {
  it.each(['access', 'application', 'base'])('%s refuses to start and names the key, not its value', async (app) => {
    const outcome = await new Promise<Outcome>((done) => {
      const child = spawn(process.execPath, [join(root, `apps/${app}/dist/main.js`)], {
        env: {
          PATH: process.env['PATH'] ?? '',
          GALA_DC: 'dc-a',
          GALA_PORT: 'eighty',
          GALA_NO_SUCH_KEY: 'hidden-value',
        },
      })
      let stderr = ''
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      child.stdout.on('data', (chunk) => {
        stderr += chunk
      })
      child.on('close', (code) => done({ code: code ?? -1, stdout: '', stderr }))
    })
    expect(outcome.code).toBe(78)
    for (const key of ['GALA_PORT', 'GALA_NO_SUCH_KEY', 'GALA_INSTANCE']) expect(outcome.stderr).toContain(key)
    expect(outcome.stderr).not.toMatch(/eighty|hidden-value/)
  })
})

/** Addresses these ports are bound to, from the kernel's table. */
function listeners(ports: number[]): Set<string> {
  const bound = new Set<string>()
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      if (state === '0A' && ports.includes(Number.parseInt(port, 16)))
        bound.add(table === 'tcp6' ? address : dotted(address))
    }
  }
  return bound
}

/** `0100007F` of the kernel's table as `127.0.0.1`. */
const dotted = (hex: string) => [...Buffer.from(hex, 'hex')].reverse().join('.')
