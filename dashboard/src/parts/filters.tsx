// Filters as a form. A value is written to the URL when the user presses Enter or leaves the field.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useView } from '../view.ts'

export function Filters({ children }: { children: ComponentChildren }) {
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  )
}

interface TextProps {
  label: string
  /** The filter's name in the URL. */
  name: string
  suggestions?: string[]
  placeholder?: string
}

export function TextFilter({ label, name, suggestions = [], placeholder = 'any' }: TextProps) {
  const { query, set } = useView()
  const id = useId()
  const value = query.get(name) ?? ''
  return (
    <label>
      <span>{label}</span>
      <input
        key={value}
        defaultValue={value}
        placeholder={placeholder}
        list={id}
        autocomplete="off"
        spellcheck={false}
        onChange={({ currentTarget }) => set({ [name]: currentTarget.value.trim() })}
      />
      <datalist id={id}>
        {suggestions.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </label>
  )
}

interface ChoiceProps {
  label: string
  name: string
  /** Pairs of value and label. The first pair is the default. */
  choices: [string, string][]
}

export function ChoiceFilter({ label, name, choices }: ChoiceProps) {
  const { query, set } = useView()
  const [first] = choices[0] ?? ['']
  return (
    <label>
      <span>{label}</span>
      <select
        value={query.get(name) ?? first}
        onChange={({ currentTarget: { value } }) => set({ [name]: value === first ? null : value })}
      >
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
