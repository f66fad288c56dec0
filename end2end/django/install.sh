#!/bin/sh
# Makes a Python environment in a folder, with the packages of requirements.txt and one more:
# install.sh FOLDER REQUIREMENT
# Debian has the module venv in a package of its own.
set -e
rm -rf "$1"
python3 -m venv "$1" || {
    apt-get update
    apt-get install -y --no-install-recommends python3-venv
    python3 -m venv --clear "$1"
}
{ cat "$(dirname "$0")/requirements.txt"; echo "$2"; } > "$1/wanted.txt"
"$1/bin/pip" install --disable-pip-version-check -r "$1/wanted.txt"
mv "$1/wanted.txt" "$1/requirements.txt"
