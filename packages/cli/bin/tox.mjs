#!/usr/bin/env node
// The built command; `npm ci` and `npm run build` make it.
import '../dist/tox.mjs'
