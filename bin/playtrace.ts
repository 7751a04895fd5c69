#!/usr/bin/env node
// Starts the command line. This file is plain JavaScript of the module system CommonJS (package.json beside it), because a Node.js
// that is too old must be able to read it, to say what to do.
const NODE_MAJOR_MIN = 24
const version = process.versions.node

if (Number(version.split('.')[0]) >= NODE_MAJOR_MIN) void import('./cli.mts')
else {
  console.error(
    `Playtrace needs Node.js ${NODE_MAJOR_MIN}; this is ${version}. Run "npm ci" without --omit=optional. It installs a newer ` +
      `Node.js beside Playtrace. Then run "npm start" or "npm run playtrace -- <command>".`,
  )
  process.exitCode = 1
}
