import { afterAll, describe, expect, it } from '@jest/globals'
import { alertComplaints, dashboardComplaints, promtoolComplaints } from './alerts.js'
import { Copy, deployDir } from './copies.js'

describe('alerts, their tests and the dashboards', () => {
  const copy = new Copy()
  afterAll(() => copy.remove())

  it('are what Prometheus reads, and fire and do not fire as their tests say', () => {
    expect(promtoolComplaints(deployDir)).toEqual([])
  })

  it('are each tested both ways, and say what to do', () => {
    expect(alertComplaints(deployDir)).toEqual([])
  })

  it('ask on dashboards for what Prometheus can answer', () => {
    expect(dashboardComplaints(deployDir)).toEqual([])
  })

  it.each([
    ['a threshold', 'alerts/platform.yml', 'gala_replication_lag_seconds) > 5', 'gala_replication_lag_seconds) > 50'],
    ['an expression', 'alerts/platform.yml', 'min by (dc) (gala_disk_free_ratio)', 'min by dc (gala_disk_free_ratio)'],
    ['a budget', 'alerts/slo.yml', 'gala:bad:ratio5m > 5.4e-6', 'gala:bad:ratio5m > 5.4e-4'],
    ['the configuration', 'prometheus/prometheus.yml', 'rule_files', 'rules_files'],
  ])('a mistake in %s is told', async (_, file, from, to) => {
    expect(await copy.broken(file, from, to, promtoolComplaints)).not.toEqual([])
  })

  it('an alert that nobody has tested, or that says nothing of what to do, is told', async () => {
    const untested = 'alert: NobodyKnows\n        expr: up == 2\n      - alert: ProcessGone'
    const told = await copy.broken('alerts/platform.yml', 'alert: ProcessGone', untested, alertComplaints)
    expect(told).toEqual(
      expect.arrayContaining([
        'NobodyKnows: no test sees it fire',
        'NobodyKnows: no test sees it not fire',
        'NobodyKnows: has no summary',
        'NobodyKnows: its runbook is not there',
      ]),
    )
  })

  it('a mistake in a panel is told', async () => {
    const told = await copy.broken(
      'dashboards/overview.json',
      'sum(gala:requests:rate1m)',
      'sum(gala',
      dashboardComplaints,
    )
    expect(told).not.toEqual([])
  })
})
