import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '@gala/platform'
import { parse, stringify } from 'yaml'
import { ran } from './programs.js'

interface Rule {
  alert?: string
  record?: string
  expr: string
  annotations?: Record<string, string>
}

interface RuleFile {
  groups: { name: string; rules: Rule[] }[]
}

interface RuleTests {
  tests: { name: string; alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[]
}

interface Panel {
  title: string
  targets?: { expr: string }[]
  panels?: Panel[]
}

const filesOf = (dir: string, ending: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dir, name))

const ruleFiles = (dir: string) => filesOf(join(dir, 'alerts'), '.yml')
const testFiles = (dir: string) => filesOf(join(dir, 'alerts/tests'), '.yml')

const rulesOf = (dir: string): Rule[] =>
  ruleFiles(dir).flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleFile).groups.flatMap(({ rules }) => rules))

/** What Prometheus itself says of the rules, of their tests, and of the configuration. @throws when promtool is not installed. */
export function promtoolComplaints(dir: string): string[] {
  const promtool = promtoolProgram()
  const runs = [
    ['check', 'config', join(dir, 'prometheus/prometheus.yml')],
    ['test', 'rules', ...testFiles(dir)],
  ]
  return runs.flatMap((args) => {
    const { status, stdout, stderr } = ran(promtool, args)
    return status === 0 ? [] : [`${stdout}${stderr}`]
  })
}

function promtoolProgram(): string {
  try {
    return program('promtool')
  } catch {
    throw new Error('promtool is not installed; as root, run: apt-get install --no-install-recommends prometheus')
  }
}

/** Alerts nobody has tested for firing or for not firing, and those that do not say what to do. */
export function alertComplaints(dir: string): string[] {
  const tests = testFiles(dir).flatMap((file) =>
    (parse(readFileSync(file, 'utf8')) as RuleTests).tests.flatMap((test) => test.alert_rule_test ?? []),
  )
  const anchors = anchorsOf(join(dir, '../docs/runbooks/alerts.md'))
  return rulesOf(dir).flatMap(({ alert, annotations = {} }) => {
    if (alert === undefined) return []
    const own = tests.filter(({ alertname }) => alertname === alert)
    const [page, anchor = ''] = (annotations['runbook'] ?? '').split('#')
    return [
      ...(own.some(({ exp_alerts: fires }) => fires?.length) ? [] : [`${alert}: no test sees it fire`]),
      ...(own.some(({ exp_alerts: fires }) => !fires?.length) ? [] : [`${alert}: no test sees it not fire`]),
      ...(annotations['summary'] ? [] : [`${alert}: has no summary`]),
      ...(page === 'docs/runbooks/alerts.md' && anchors.has(anchor) ? [] : [`${alert}: its runbook is not there`]),
    ]
  })
}

/** As GitHub makes them from headings of one word. */
function anchorsOf(page: string): Set<string> {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : ''
  return new Set([...text.matchAll(/^#+ ([A-Za-z]+)$/gm)].map(([, heading = '']) => heading.toLowerCase()))
}

/** Every expression of a dashboard, with Grafana's variables as it would fill them in. */
function panelsOf(dir: string): { at: string; expr: string }[] {
  return filesOf(join(dir, 'dashboards'), '.json').flatMap((file) => {
    const { title, panels } = JSON.parse(readFileSync(file, 'utf8')) as { title: string; panels: Panel[] }
    const flat = panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])
    return flat.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => ({
        at: `${title}: ${panel.title}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$dc', '.*'),
      })),
    )
  })
}

/** What Prometheus says of the expressions of the dashboards. */
export function dashboardComplaints(dir: string): string[] {
  const rules = panelsOf(dir).map(({ expr, at }, i) => ({ record: `panel:${i}`, expr, labels: { at } }))
  const folder = mkdtempSync(join(tmpdir(), 'gala-panels-'))
  try {
    const file = join(folder, 'panels.yml')
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }))
    const { status, stdout, stderr } = ran(promtoolProgram(), ['check', 'rules', file])
    return status === 0 ? [] : [`${stdout}${stderr}`]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Names of metrics that rules and dashboards ask for; those of recorded rules aside. */
export function metricsNamed(dir: string): string[] {
  const exprs = [...rulesOf(dir), ...panelsOf(dir)].map(({ expr }) => expr)
  const named = exprs.flatMap((expr) => [
    ...expr.replace(/"[^"]*"/g, '').matchAll(/(?<![\w:])(?:gala|process)_[a-z_]+/g),
  ])
  return [...new Set(named.map(([name]) => name))].toSorted()
}
