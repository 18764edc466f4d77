#!/usr/bin/env bash
# Checks that what Vigil needs from the system is there, and installs what is missing when it may.
#   scripts/packages.sh run     what the server needs
#   scripts/packages.sh test    that, and what the tests need
#   scripts/packages.sh check   what the server needs; says what is missing and installs nothing
# Ends with 0 when everything is present. Otherwise it has said which command would install it.
set -euo pipefail

purpose=${1:-run}

run_packages=(ffmpeg postgresql libopus0 libssl3 ca-certificates tzdata)
test_packages=(
  chromium libnss3-tools openssl fonts-dejavu-core python3 python3-aiohttp python3-aiortc python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
  gstreamer1.0-nice coturn redis-server)

library() { PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -F "$1 " >/dev/null; }

present() {
  case $1 in
    ffmpeg) command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null ;;
    # Whether there is one of your own somewhere else is in settings that only the server reads; it has a sentence for that.
    postgresql) [ "$purpose" = check ] || compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null ;;
    libopus0) library libopus.so.0 ;;
    libssl3) library libssl.so.3 && library libcrypto.so.3 ;;
    tzdata) [ -e /usr/share/zoneinfo/Europe/Berlin ] ;;
    chromium) [ -x "${VIGIL_CHROMIUM:-/usr/bin/chromium}" ] ;;
    python3) command -v "$1" >/dev/null ;;
    *) dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
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
  local lines=("apt-get update && apt-get install -y --no-install-recommends ${missing[*]}") line
  # Vigil starts its own private PostgreSQL; without this line Debian would start a second one on port 5432.
  case " ${missing[*]} " in *' postgresql '*)
    lines=('mkdir -p /etc/postgresql-common/createcluster.d' 'echo create_main_cluster=false >/etc/postgresql-common/createcluster.d/vigil.conf' "${lines[@]}") ;;
  esac
  {
    echo "Missing: ${missing[*]}"
    if [ "$(id -u)" -eq 0 ]; then
      echo "Install them with:"
      printf '  %s\n' "${lines[@]}"
    elif command -v sudo >/dev/null; then
      echo "Install them with:"
      for line in "${lines[@]}"; do echo "  sudo sh -c '$line'"; done
    else
      echo "Install them as root (su -):"
      printf '  %s\n' "${lines[@]}"
    fi
  } >&2
  exit 1
}

[ "$purpose" != check ] || by_hand
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
