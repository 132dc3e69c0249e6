import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runLogged, step } from './steps.mjs'

const programs = [
  { anyOf: ['mariadbd', 'mysqld'], package: 'mariadb-server' },
  { anyOf: ['mariadb-install-db', 'mysql_install_db'], package: 'mariadb-server' },
  { anyOf: ['redis-server'], package: 'redis-server' },
  { anyOf: ['nginx'], package: 'nginx-light' },
  { anyOf: ['ffmpeg'], package: 'ffmpeg' },
  { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf', package: 'fonts-dejavu-core' },
]
const testPrograms = [
  { anyOf: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  { file: '/usr/share/fonts/opentype/noto', package: 'fonts-noto-cjk' },
]

const loadPrograms = [
  { anyOf: ['wrk'], package: 'wrk' },
  { anyOf: ['taskset'], package: 'util-linux' },
]
/** Prometheus itself, to check rules and to see them fire; nothing of the platform needs it. */
const watchPrograms = [
  { anyOf: ['promtool'], package: 'prometheus' },
  { anyOf: ['prometheus'], package: 'prometheus' },
]
const moreFor = { test: [...testPrograms, ...watchPrograms], load: loadPrograms, watch: watchPrograms }

/** Programs of the distribution: installed when we may, named with the command to run when we may not. */
export async function installPackages(goal) {
  const wanted = goal === 'check' ? watchPrograms : [...programs, ...(moreFor[goal] ?? [])]
  const missing = [...new Set(wanted.filter((item) => !present(item)).map((item) => item.package))]
  if (missing.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  const byHand = `apt-get update && ${install}`
  if (process.getuid?.() !== 0 || !find('apt-get')) {
    throw new Error(`These programs are missing: ${missing.join(', ')}.\n  mend: as root, run: ${byHand}`)
  }
  await withoutServices(async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await step('updating the list of packages', 'apt-get update', () =>
      runLogged('apt-update', 'apt-get', ['update'], { env }),
    )
    await step(`installing ${missing.join(', ')}`, byHand, () =>
      runLogged('apt-install', 'apt-get', install.split(' ').slice(1), { env }),
    )
  })
  const still = wanted.filter((item) => !present(item)).map((item) => item.package)
  if (still.length > 0)
    throw new Error(`After installing, these are still missing: ${still.join(', ')}.\n  mend: ${byHand}`)
}

const folders = () => [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
const find = (name) => folders().some((folder) => existsSync(join(folder, name)))
const present = ({ anyOf, file }) => (anyOf ? anyOf.some(find) : existsSync(file))

/** Packages of servers start them when they are installed; this policy says no for as long as `work` runs. */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  const aside = `${policy}.before-gala`
  const had = existsSync(policy)
  if (had) renameSync(policy, aside)
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(policy, { force: true })
    if (had) renameSync(aside, policy)
  }
}
