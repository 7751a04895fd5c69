// `npm run audit`: are flaws known in what Playtrace is made of? Ends with 1 where there are, and says so, with 0, where
// the registry offers no audit: nobody is to take its silence for a clean bill.
import { spawnSync } from 'node:child_process'

interface AuditReport {
  metadata?: { vulnerabilities: Record<string, number> }
  error?: { summary?: string }
}

const npm = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', shell: process.platform === 'win32' })
const report = readReport(npm.stdout)
const found = report.metadata?.vulnerabilities
if (!found) {
  console.log(
    'not audited: this registry offers no audit (npm audit got no report from it). Nothing is known. CONTRIBUTING.md says what to run instead.',
  )
} else if (found['total'] === 0) console.log('audited: no known vulnerability')
else {
  console.log(`audited: ${found['total']} known vulnerabilities; \`npm audit\` names them`)
  process.exitCode = 1
}

function readReport(text: string): AuditReport {
  try {
    return JSON.parse(text) as AuditReport
  } catch {
    return {}
  }
}
