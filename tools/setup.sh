#!/bin/sh
# Finds a Python that Fanal runs on and hands over to tools/setup.py; arguments go through.
# PYTHON=/path/to/python chooses one.
set -u

newest=14 # the newest Python that all locked packages have a build for
good="import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $newest))"
here=$(dirname "$0")

if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
else
    # The Python that .venv was made with comes first, so that a choice made once is kept.
    before=$(sed -n 's/^executable = //p' "$here/../.venv/pyvenv.cfg" 2>/dev/null)
    candidates="$before python3 python3.13 python3.12 python3.11 python3.14"
fi
for candidate in $candidates; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$good" >/dev/null 2>&1; then
        exec "$candidate" "$here/setup.py" "$@"
    fi
done

if [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is not a Python from 3.11 to 3.$newest: give another, or none." >&2
elif command -v python3 >/dev/null 2>&1; then
    echo "Fanal needs Python 3.11 to 3.$newest and found only $(python3 -V 2>&1): install one, or name it with PYTHON=/path/to/python." >&2
else
    echo "Fanal needs Python 3.11 to 3.$newest and found none: install python3, or name it with PYTHON=/path/to/python." >&2
fi
exit 1
