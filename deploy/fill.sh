#!/bin/sh
# Copies these files to the folder $1, with what values.env says in place of each ${NAME}.
# Names that values.env doesn't have, such as nginx's own, stay. Needs envsubst (gettext-base).
set -eu
here=$(dirname "$0")
names=$(sed -n 's/^\([A-Z0-9_]*\)=.*/${\1}/p' "$here/values.env")
mkdir -p "$1"
set -a
. "$here/values.env"
set +a
for file in "$here"/*.conf "$here"/*.service "$here"/*.html "$here/huihua.env" "$here"/engine-*.env; do
    envsubst "$names" < "$file" > "$1/${file##*/}"
done
