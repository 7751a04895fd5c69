// The navigation: the screens, the game's name, the theme and sign-out.
import { useEffect, useRef, useState } from 'preact/hooks'
import icon from '../icon.svg'
import { useSession } from '../session.ts'
import { applyTheme, storedTheme, THEMES, type Theme } from '../theme.ts'
import { linkTo, useView } from '../view.ts'

const SCREENS: [string, [string, string][]][] = [
  [
    'Now',
    [
      ['/live', 'Live'],
      ['/rejected', 'Rejected'],
    ],
  ],
  [
    'Game',
    [
      ['/', 'Overview'],
      ['/retention', 'Retention'],
      ['/levels', 'Levels'],
      ['/funnel', 'Funnel'],
      ['/economy', 'Economy'],
      ['/revenue', 'Revenue'],
    ],
  ],
  [
    'Data',
    [
      ['/events', 'Events'],
      ['/player', 'Player'],
    ],
  ],
]

export function Navigation() {
  const { path, query } = useView()
  const { signOut } = useSession()
  const links = useRef<HTMLDivElement>(null)
  // On a phone, the links are a strip that is wider than the screen.
  useEffect(() => {
    const showCurrent = () =>
      links.current?.querySelector('[aria-current=page]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
    showCurrent()
    addEventListener('resize', showCurrent)
    return () => removeEventListener('resize', showCurrent)
  }, [path])
  return (
    <nav class="screens" aria-label="Screens">
      <p class="brand">
        <img src={icon} alt="" width="24" height="24" />
        <span>Playtrace</span>
        <Game />
      </p>
      <div class="links" ref={links}>
        {SCREENS.map(([group, screens]) => (
          <ul key={group} aria-label={group}>
            {screens.map(([to, name]) => (
              <li key={to}>
                <a href={linkTo(to, query)} aria-current={path === to ? 'page' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        ))}
      </div>
      <div class="account">
        <ThemeChoice />
        <a href="/docs" target="_blank" rel="noreferrer" title="API documentation">
          API
        </a>
        <button type="button" class="quiet" onClick={() => signOut()}>
          Sign out
        </button>
      </div>
    </nav>
  )
}

/** A key of one game shows its name, and an installation key a choice. */
function Game() {
  const { game, games, showGame } = useSession()
  if (games.length === 1)
    return (
      <span class="game" title="The game that this key belongs to">
        {game}
      </span>
    )
  return (
    <select class="game" aria-label="Game" value={game} onChange={({ currentTarget }) => showGame(currentTarget.value)}>
      {games.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  )
}

function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(storedTheme)
  return (
    <select
      aria-label="Theme"
      value={theme}
      onChange={({ currentTarget }) => {
        const chosen = currentTarget.value as Theme
        setTheme(chosen)
        applyTheme(chosen)
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {{ system: 'Auto', light: 'Light', dark: 'Dark' }[one]}
        </option>
      ))}
    </select>
  )
}
