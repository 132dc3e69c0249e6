import type { Plan } from '@gala/contracts'
import { GalaError, type OpsClient } from '@gala/sdk'
import { Alert, Button, Group, NumberInput, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { useWhyNot } from '../switches/desk.js'
import { amount } from '../switches/switch-figures.js'
import { PlanCard } from './plan-card.js'
import { PutDialog } from './put-dialog.js'

type Plans = Awaited<ReturnType<OpsClient['switches']['plan']>>['data']

/** A wanted saving in, the least painful sets of switches out. */
export function PlannerPage() {
  const { api } = useSession()
  const cannot = useWhyNot()
  const [savePercent, setSavePercent] = useState(20)
  const [plans, setPlans] = useState<Plans>()
  const [failure, setFailure] = useState<string>()
  const [chosen, setChosen] = useState<Plan>()
  const find = async () => {
    setFailure(undefined)
    try {
      setPlans((await api.switches.plan({ query: { savePercent } })).data)
    } catch (error) {
      setPlans(undefined)
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
  }
  return (
    <Stack>
      <Title order={1} size="h3">
        Planner
      </Title>
      {cannot && <p className="cannot">○ {cannot}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void find()
        }}
      >
        <Group align="flex-end">
          <NumberInput
            label="Processor time to save, %"
            data-testid="save-percent"
            min={1}
            max={100}
            value={savePercent}
            onChange={(value) => setSavePercent(Number(value))}
            hideControls
          />
          <Button type="submit" data-testid="find-plans" disabled={!(savePercent >= 1 && savePercent <= 100)}>
            Find sets
          </Button>
        </Group>
      </form>
      {failure && (
        <Alert color="orange" role="alert" title="There is no plan">
          {failure}
        </Alert>
      )}
      {plans && <Found plans={plans} />}
      <div className="cards">
        {plans?.plans.map((plan, i) => (
          <PlanCard
            key={plan.set.map(({ key, rung }) => `${key} ${rung}`).join()}
            plan={plan}
            place={i + 1}
            cannot={cannot}
            onPut={() => setChosen(plan)}
          />
        ))}
      </div>
      {chosen && <PutDialog plan={chosen} onClose={() => setChosen(undefined)} />}
    </Stack>
  )
}

function Found({ plans: { baseline, plans } }: { plans: Plans }) {
  if (!baseline) return <Text className="warned">▲ Nothing has been measured: run the switch drill first.</Text>
  return (
    <Text c="dimmed" role="status">
      {plans.length === 0 ? 'No set of switches saves as much.' : `${plans.length} sets, the least painful first.`} A
      thousand requests with everything at full take {amount(baseline.cpuMs)} ms of processor time.
    </Text>
  )
}
