#!/usr/bin/env bash
# The cry model from its data set, in one command: training/rebuild.sh [DATA SET]
# Needs python3-torch, python3-numpy, python3-scipy, libopencore-amrnb0 and ffmpeg (Debian); one thread, some minutes.
set -euo pipefail
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
exec nice -n 5 "${PYTHON:-/usr/bin/python3}" "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/rebuild.py" "$@"
