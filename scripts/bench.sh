#!/usr/bin/env bash
# Prints every figure, or the named ones, as tables: scripts/bench.sh [--quick] [NAME…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2} # As ./vigil up has it.
dotnet build bench/Vigil.Bench -c Release -v q -nologo >&2
exec artifacts/bin/Vigil.Bench/release/Vigil.Bench "$@"
