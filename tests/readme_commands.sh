#!/usr/bin/env bash
# Runs the ```sh blocks of a README that follow the line `<!-- test -->`: each must succeed. A block
# that follows `<!-- output -->` must be, to the letter, what the block before it printed.
# usage: readme_commands.sh README FOLDER_OF_THE_PROGRAM
set -euo pipefail

readme=$(realpath "${1:?usage: readme_commands.sh README FOLDER}")
PATH=$(realpath "${2:?usage: readme_commands.sh README FOLDER}"):$PATH
root=$(dirname "$readme")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# One file a block, 001.test or 001.output, and the line it begins at in 001.line.
awk -v out="$scratch" '
  /^<!-- (test|output) -->$/ { kind = $2; next }
  /^```/ && inside { inside = 0; close(file); next }
  /^```/ && kind != "" {
    file = sprintf("%s/%03d.%s", out, ++count, kind)
    printf "" > file
    printf "%d", NR + 1 > sprintf("%s/%03d.line", out, count)
    inside = 1; kind = ""; next
  }
  inside { print > file; next }
  NF { kind = "" }
' "$readme"

# Commands run beside the tree, so that what they write does not land in it.
mkdir "$scratch/here"
ln -s "$root/configs" "$scratch/here/configs"
cd "$scratch/here"

failed=0
ran=0
for block in "$scratch"/*.test "$scratch"/*.output; do
  if [[ -e $block ]]; then echo "$block"; fi
done | sort >"$scratch/order"
while read -r block; do
  place="${readme##*/}:$(cat "${block%.*}.line")"
  if [[ $block == *.test ]]; then
    ran=$((ran + 1))
    if ! bash -euo pipefail "$block" >"$scratch/printed" 2>"$scratch/errors" </dev/null; then
      echo "$place: failed:"
      cat "$block" "$scratch/errors"
      failed=1
    fi
  elif ! diff -u --label "$place" "$block" --label "printed" "$scratch/printed"; then
    failed=1
  fi
done <"$scratch/order"

if [[ $ran -eq 0 ]]; then
  echo "${readme##*/}: no block is marked <!-- test -->"
  exit 1
fi
echo "$ran blocks ran"
exit $failed
