#!/usr/bin/env bash
# Checks that what Vigil needs from the system is there, and installs what is missing when it may.
#   scripts/packages.sh run     what the server needs
#   scripts/packages.sh test    that, and what the tests need
# Ends with 0 when everything is present. Otherwise it has said which command would install it.
set -euo pipefail

purpose=${1:-run}

run_packages=(ffmpeg postgresql libopus0 libssl3 ca-certificates curl)
test_packages=(
  chromium fonts-dejavu-core python3 python3-aiortc python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gst-plugins-base-1.0
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav)

installed() {
  # Ubuntu 24.04 renamed some libraries while their 64-bit time changed (libssl3t64); what counts is who provides the name.
  dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed && return 0
  dpkg-query -W -f='${db:Status-Status}\n' "${1}t64" 2>/dev/null | grep -qx installed
}

present() {
  case $1 in
    ffmpeg) command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null ;;
    postgresql) compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null || { command -v initdb && command -v pg_ctl; } >/dev/null ;;
    chromium) [ -x "${VIGIL_CHROMIUM:-/usr/bin/chromium}" ] ;;
    curl | python3) command -v "$1" >/dev/null ;;
    *) installed "$1" ;;
  esac
}

wanted=("${run_packages[@]}")
[ "$purpose" = test ] && wanted+=("${test_packages[@]}")

if ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian or Ubuntu machine. Install the equivalents of: ${wanted[*]}" >&2
  command -v ffmpeg >/dev/null || exit 1
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do present "$package" || missing+=("$package"); done
[ ${#missing[@]} -eq 0 ] && exit 0

by_hand() {
  {
    echo "Missing: ${missing[*]}"
    echo "Install them with:"
    echo "  sudo mkdir -p /etc/postgresql-common/createcluster.d"
    echo "  echo create_main_cluster=false | sudo tee /etc/postgresql-common/createcluster.d/vigil.conf"
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  } >&2
  exit 1
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null && sudo -n true 2>/dev/null || by_hand
  as_root=(sudo -n)
fi
command -v apt-get >/dev/null || by_hand

echo "Installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Vigil starts its own private PostgreSQL; without this line Debian would start a second one on port 5432.
"${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster=false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/vigil.conf >/dev/null
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1
}
apt update || { tail -5 "$log" >&2; echo "The package lists could not be refreshed; trying with those at hand." >&2; }
apt install -y --no-install-recommends "${missing[@]}" || { tail -20 "$log" >&2; by_hand; }
for package in "${missing[@]}"; do present "$package" || { echo "$package is still missing after its installation." >&2; by_hand; }; done
