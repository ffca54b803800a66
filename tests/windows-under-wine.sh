#!/usr/bin/env bash
# The Windows backend, run under Wine: the lock self-check, four processes counting on one page, a
# killed one, recovery, verify. Needs wine and the .NET SDK; takes about a minute. Not part of the test
# command, because Wine is large and is not Windows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v wine >/dev/null || { echo "skipped: wine is not installed"; exit 0; }

work=$(mktemp -d)
export WINEPREFIX="$work/prefix" WINEDEBUG=-all
trap 'wineserver -k 2>/dev/null || true; rm -rf "$work"' EXIT

publish() { # Trimming turns the SDK's Linux build of System.IO.Hashing back into plain IL.
  dotnet publish "$1" -r win-x64 --self-contained -p:PublishTrimmed=true -p:PackAsTool=false \
    --artifacts-path "$work/artifacts" -o "$work/$2" -v quiet -nologo
}
publish tests/Quire.Worker worker
publish src/Cli cli
worker() { wine "$work/worker/Quire.Worker.exe" "$@" </dev/null; }
quire() { wine "$work/cli/quire.exe" "$@"; }

for backend in default portable; do
  worker locks-selfcheck "$backend" | sed "s/^/$backend: /"
done

file='C:\counted.quire'
quire init "$file" </dev/null
head -c 64 /dev/zero | quire page "$file" new --write -
pids=()
for i in 1 2 3 4; do
  worker counter "$file" 50 >"$work/counter-$i" & pids+=($!)
done
wait "${pids[@]}"
distinct=$(cat "$work"/counter-* | tr -d '\r' | grep '^ack' | sort -u | wc -l)
[ "$distinct" = 200 ] || { echo "FAIL: $distinct distinct numbers of 200"; exit 1; }
echo "ok four processes counted to 200, every number once"

worker counter "$file" 1000000 >"$work/killed" & pid=$!
until grep -q '^ack 300' "$work/killed" 2>/dev/null; do kill -0 "$pid"; done
pkill -KILL -f "Quire.Worker.exe counter"
wait "$pid" || true
quire recover "$file" </dev/null
worker counter "$file" 1 >"$work/after"
acknowledged=$(tr -d '\r' <"$work/killed" | sed -n 's/^ack //p' | tail -n 1)
next=$(tr -d '\r' <"$work/after" | sed -n 's/^ack //p')
[ "$next" -gt "$acknowledged" ] || { echo "FAIL: $next after $acknowledged was acknowledged"; exit 1; }
echo "ok killed after $acknowledged; the next process counted $next"
quire verify "$file" </dev/null
