#!/usr/bin/env bash
# Everything that CI runs. The last line is 'N passed, M failed, K skipped'; the exit code says whether M is 0.
#   ./vigil test                 all of it
#   ./vigil test Media Server    only these .NET test projects (and neither the web app nor the format check)
# A check that is not a test (build, format, generated files) counts as one failure when it fails, and as nothing when it passes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

only=("$@")
export NO_COLOR=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
export VIGIL_CHROMIUM=${VIGIL_CHROMIUM:-/usr/bin/chromium}
[ -w "${HOME:-/nowhere}" ] || { HOME=$(mktemp -d); export HOME; }

# What a run leaves behind is found by a mark that children inherit, however far they detach themselves.
VIGIL_TEST_RUN=$$-$(date +%s%N)
export VIGIL_TEST_RUN
results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results" || { echo "Cannot write to $PWD/artifacts." >&2; echo '0 passed, 1 failed, 0 skipped'; exit 1; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/vt.XXXXXX")
# The embedded database may run as another user, who must be able to pass through.
chmod 0711 "$scratch"
export TMPDIR=$scratch

sweep() {
  local pid left=()
  for environment in /proc/[0-9]*/environ; do
    pid=${environment#/proc/}; pid=${pid%/environ}
    [ "$pid" = $$ ] && continue
    [ "$pid" = "$BASHPID" ] && continue
    grep -qzx "VIGIL_TEST_RUN=$VIGIL_TEST_RUN" "$environment" 2>/dev/null && left+=("$pid")
  done
  [ ${#left[@]} -eq 0 ] && return 0
  for pid in "${left[@]}"; do
    case "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" in
      '' | *VBCSCompiler* | *MSBuild* | *"scripts/test.sh"*) ;;
      *) echo "  left running after ${1:-the run}, ended now: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-160)" ;;
    esac
    [ "${2:-}" = gently ] || kill -KILL "$pid" 2>/dev/null
  done
}
finish() {
  trap - EXIT
  sweep
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

passed=0 failed=0 skipped=0
wrong() { failed=$((failed + 1)); echo "FAILED: $1"; }
step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }
quietly() { # quietly NAME COMMAND…: shows the output only of a command that fails
  local name=$1; shift
  "$@" >"$results/$name.log" 2>&1 && return 0
  grep -E 'error|warn|Error|✗|FAIL' "$results/$name.log" | sort -u | head -40
  echo "--- the end of artifacts/test-results/$name.log:"
  tail -30 "$results/$name.log"
  return 1
}
total() { echo; echo "$passed passed, $failed failed, $skipped skipped"; [ "$failed" -eq 0 ]; exit $?; }
count() { # count FILE…: reads what a test runner wrote, prints failures and skips, adds to the totals
  local numbers
  numbers=$(python3 scripts/count.py "$@" 3>&1 >&2) || { wrong "no readable result in $*"; return; }
  read -r p f s <<<"$numbers"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  echo "  $p passed, $f failed, $s skipped"
}

step 'system packages'
bash scripts/packages.sh test || { wrong 'system packages are missing'; total; }
command -v dotnet >/dev/null || { wrong 'the .NET 10 SDK is missing (https://dot.net)'; total; }

web() { [ -f web/package.json ] && [ ${#only[@]} -eq 0 ]; }
if web; then
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
    || { wrong 'Node 20.19 or newer is missing'; total; }
  step 'web packages (in the background)'
  (cd web && npm ci --no-audit --no-fund --loglevel=error) >"$results/npm-ci.log" 2>&1 &
  npm_ci=$!
fi

step 'restore and build'
quietly restore dotnet restore Vigil.slnx --locked-mode || { wrong 'dotnet restore --locked-mode'; total; }
quietly build dotnet build Vigil.slnx --no-restore -v q || { wrong 'dotnet build'; total; }

if [ ${#only[@]} -eq 0 ]; then
  step 'format'
  quietly format dotnet format whitespace Vigil.slnx --verify-no-changes --no-restore || wrong 'dotnet format whitespace'
  quietly style dotnet format style Vigil.slnx --severity warn --verify-no-changes --no-restore || wrong 'dotnet format style'
fi

if web; then
  step 'web'
  web_ready=yes
  wait "$npm_ci" || { tail -20 "$results/npm-ci.log"; wrong 'npm ci'; web_ready=no; }
  if [ $web_ready = yes ]; then
    [ ! -f web/src/api/openapi.json ] || bash scripts/generated.sh check || wrong 'the checked-in API description or the generated client is stale: scripts/generated.sh write'
    (cd web && quietly web-lint npm run lint) || wrong 'npm run lint'
    (cd web && quietly web-types npm run types) || wrong 'npm run types'
    (cd web && quietly web-build npm run build) || wrong 'npm run build'
    (cd web && quietly vitest npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$results/vitest.json") || true
    count "$results/vitest.json"
  fi
else
  [ ${#only[@]} -eq 0 ] && echo && echo 'skipped: the web app (web/package.json does not exist)'
fi

# The end-to-end tests come last: they use everything that the others have proved.
for project in $(ls -d tests/*.Tests | sort -t. -k2,2 | grep -v EndToEnd) tests/Vigil.EndToEnd.Tests; do
  name=${project#tests/}
  short=${name#Vigil.}; short=${short%.Tests}
  if [ ${#only[@]} -gt 0 ]; then
    [[ " ${only[*]} " == *" $short "* ]] || continue
  fi
  step "$name"
  program=artifacts/bin/$name/debug/$name
  [ -x "$program" ] || { wrong "$program was not built"; continue; }
  timeout --kill-after=20 "${VIGIL_TEST_TIMEOUT:-1800}" "$program" -noColor -noLogo -verbose -xml "$results/$name.xml" >"$results/$name.log" 2>&1
  code=$?
  if [ -s "$results/$name.xml" ]; then
    before=$failed
    count "$results/$name.xml"
    [ $code -ne 0 ] && [ "$failed" -eq "$before" ] && { tail -30 "$results/$name.log"; wrong "$name ended with $code"; }
  else
    echo '  tests that had begun and not ended:'
    awk '/ \[STARTING\]/ { begun[$1] = 1 } / \[FINISHED\]/ { delete begun[$1] } END { for (test in begun) print "    " test }' "$results/$name.log"
    tail -10 "$results/$name.log"
    wrong "$name ended with $code and left no results"
  fi
  sweep "$name"
done

total
