#!/bin/sh
# Makes a Python environment in each folder, with a file of requirements and one more: install.sh FILE
# [FOLDER REQUIREMENT]…
# Debian has the module venv in a package of its own.
set -e
requirements=$1
shift
while [ $# -gt 0 ]; do
    rm -rf "$1"
    python3 -m venv "$1" || {
        apt-get update
        apt-get install -y --no-install-recommends python3-venv
        python3 -m venv --clear "$1"
    }
    { cat "$requirements"; echo "$2"; } > "$1/wanted.txt"
    "$1/bin/pip" install --disable-pip-version-check -r "$1/wanted.txt"
    mv "$1/wanted.txt" "$1/requirements.txt"
    shift 2
done
