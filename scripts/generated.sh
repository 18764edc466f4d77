#!/usr/bin/env bash
# The server describes its API itself; the checked-in description and the web client's types are made from that.
#   scripts/generated.sh check    ends with 1 when either is stale
#   scripts/generated.sh write    brings both up to date (after a build)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kept=web/src/api/openapi.json
types=web/src/api/generated/schema.d.ts
fresh=artifacts/openapi
rm -rf "$fresh"
mkdir -p "$fresh"
# The target would compare dates and write nothing when the server did not change.
rm -f artifacts/obj/Vigil.Server/*.OpenApiFiles.cache

dotnet msbuild src/Vigil.Server -nologo -v:quiet -nodeReuse:false -t:GenerateOpenApiDocuments "-p:OpenApiDocumentsDirectory=$PWD/$fresh" \
  >"$fresh/log" 2>&1 || { tail -20 "$fresh/log"; exit 1; }
[ -f $fresh/Vigil.Server.json ] || { echo "the server wrote no description of its API"; exit 1; }
(cd web && npx --no-install openapi-typescript "../$fresh/Vigil.Server.json" -o "../$fresh/schema.d.ts") >>"$fresh/log" 2>&1 \
  || { tail -20 "$fresh/log"; exit 1; }

case ${1:-check} in
  write)
    mkdir -p "$(dirname "$types")"
    cp "$fresh/Vigil.Server.json" "$kept"
    cp "$fresh/schema.d.ts" "$types"
    ;;
  check)
    same=0
    for pair in "$kept $fresh/Vigil.Server.json" "$types $fresh/schema.d.ts"; do
      read -r old new <<<"$pair"
      cmp -s "$old" "$new" || { same=1; echo "$old is stale:"; diff -u "$old" "$new" | head -30; }
    done
    exit $same
    ;;
esac
