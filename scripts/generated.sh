#!/usr/bin/env bash
# The build writes the API description; the checked-in copy and the web client's types are made from it.
#   scripts/generated.sh check    ends with 1 when either is stale
#   scripts/generated.sh write    brings both up to date (after a build)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
built=artifacts/openapi/v1.json
kept=web/src/api/openapi.json
types=web/src/api/generated/schema.d.ts
[ -f "$built" ] || { echo "$built is missing: build the server first" >&2; exit 1; }

make_types() { (cd web && npx --no-install openapi-typescript "../$1" -o "$2" >/dev/null); }

case ${1:-check} in
  write)
    mkdir -p "$(dirname "$kept")"
    cp "$built" "$kept"
    make_types "$built" "$PWD/$types"
    ;;
  check)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    make_types "$built" "$scratch/schema.d.ts"
    diff -u "$kept" "$built" | head -40
    diff -u "$types" "$scratch/schema.d.ts" | head -40
    ;;
esac
