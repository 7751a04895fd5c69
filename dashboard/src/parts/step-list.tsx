// The ordered list of a funnel's steps, with controls to add, move and remove them.
import { useId, useState } from 'preact/hooks'

const STEPS_MAX = 10

interface Props {
  names: string[]
  steps: string[]
  onSteps(steps: string[]): void
}

export function StepList({ names, steps, onSteps }: Props) {
  const swap = (at: number) =>
    onSteps(steps.map((one, k) => (k === at ? steps[at - 1] : k === at - 1 ? steps[at] : one) ?? one))
  return (
    <section class="steps" aria-label="Steps">
      <ol>
        {steps.map((step, at) => (
          // The index is the key, because a name may be used twice.
          <li key={at}>
            <span>{step}</span>
            {at > 0 && (
              <button type="button" class="quiet" aria-label={`Move ${step} up`} onClick={() => swap(at)}>
                ↑
              </button>
            )}
            <button
              type="button"
              class="quiet"
              aria-label={`Remove ${step}`}
              onClick={() => onSteps(steps.filter((_, k) => k !== at))}
            >
              ✕
            </button>
          </li>
        ))}
      </ol>
      {steps.length < STEPS_MAX && (
        <NameForm number={steps.length + 1} names={names} onAdd={(name) => onSteps([...steps, name])} />
      )}
    </section>
  )
}

interface NameFormProps {
  number: number
  names: string[]
  onAdd(name: string): void
}

function NameForm({ number, names, onAdd }: NameFormProps) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const add = () => {
    if (typed.trim()) onAdd(typed.trim())
    setTyped('')
  }
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <label>
        <span>Step {number}</span>
        <input
          value={typed}
          list={id}
          autocomplete="off"
          placeholder="event name"
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <datalist id={id}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <button type="submit">Add step</button>
    </form>
  )
}
