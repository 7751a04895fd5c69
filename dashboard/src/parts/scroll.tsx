// A scrollable area, such as a wide table. It has a name and can be reached by keyboard.
import type { ComponentChildren } from 'preact'

interface Props {
  label: string
  look?: string
  children: ComponentChildren
}

export function Scroll({ label, look = '', children }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset belongs in a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
    <div class={`scroll ${look}`} role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  )
}
