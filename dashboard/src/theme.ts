// The theme: light, dark or the system's. The browser remembers it. Charts draw their own colours, so they are notified.
import { useEffect, useState } from 'preact/hooks'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORED_AS = 'playtrace_theme'
const CHANGED = 'playtrace-theme'
const systemDark = matchMedia('(prefers-color-scheme: dark)')

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED_AS)
  return THEMES.find((theme) => theme === stored) ?? 'system'
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme)
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  window.dispatchEvent(new Event(CHANGED))
}

/** Returns another number after each change of colours. */
export function useColours(): number {
  const [count, setCount] = useState(0)
  useEffect(() => {
    const changed = () => setCount((before) => before + 1)
    systemDark.addEventListener('change', changed)
    window.addEventListener(CHANGED, changed)
    return () => {
      systemDark.removeEventListener('change', changed)
      window.removeEventListener(CHANGED, changed)
    }
  }, [])
  return count
}
