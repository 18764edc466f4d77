#!/usr/bin/env bash
# The cry model from its data set, in one command: training/rebuild.sh [DATA SET]
# Needs python3-torch, python3-numpy, python3-scipy, libopencore-amrnb0 and ffmpeg (Debian); one thread, some minutes.
set -euo pipefail
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-/usr/bin/python3}
missing=()
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
for module in torch numpy scipy; do
  "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$module') is None)" 2>/dev/null || missing+=("python3-$module")
done
"$python" -c "import ctypes; ctypes.CDLL('libopencore-amrnb.so.0')" 2>/dev/null || missing+=(libopencore-amrnb0)
[ ${#missing[@]} -eq 0 ] || { echo "Missing: ${missing[*]}. On Debian: sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2; exit 1; }
exec nice -n 5 "$python" "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/rebuild.py" "$@"
