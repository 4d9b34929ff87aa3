#!/bin/sh
# iDPC of one crystal at many thicknesses and mis-tilts, as a map. README.md
# tells the story. Usage: run.sh [FOLDER] (default: thickness-and-tilt).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CRYSTAL     (SrTiO3)             ZONE      axis along the beam (0,0,1)
#   THICKNESS   nm (5,10,20,40,60)   TILTS     degree (0.0 0.1 0.2 0.3)
#   SAMPLING    Angstrom (0.08)      PIXELS    of the pictures (80)
#   THREADS     0: all processors
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
CRYSTAL=${CRYSTAL:-SrTiO3} ZONE=${ZONE:-0,0,1}
THICKNESS=${THICKNESS:-5,10,20,40,60} TILTS=${TILTS:-0.0 0.1 0.2 0.3}
SAMPLING=${SAMPLING:-0.08} PIXELS=${PIXELS:-80}
threads=--threads=${THREADS:-0}
out=${1:-thickness-and-tilt}
mkdir -p "$out"

echo "1. Four quadrants of $CRYSTAL, a job a mis-tilt."
for t in $TILTS; do
	echo "--tilt=0,$t -o $out/segments-$t.ipt"
done >"$out/jobs"
iphase-simulate --jobs="$out/jobs" --crystal="$CRYSTAL" --zone="$ZONE" \
	--thickness="$THICKNESS" --fov=12 --pixels="$PIXELS" \
	--sampling="$SAMPLING" "$threads"

echo '2. iDPC of each, beside the potential along the zone axis.'
for t in $TILTS; do
	iphase-idpc "$out/segments-$t.ipt" --truth=potential_zone "$threads" \
		-q -o "$out/$t-deg.ipt" >"$out/match-$t.txt"
done

echo '3. The map: a row a mis-tilt, a column a thickness.'
set --
for t in $TILTS; do
	set -- "$@" "$out/$t-deg.ipt"
done
iphase-convert --table --tensor=idpc_potential "$@" -o "$out/map.png"
echo "Pearson of iDPC with the potential, mis-tilt in degree:"
for t in $TILTS; do
	awk -v t="$t" 'NR == 1 { printf "%s:", t }
		{ printf "  %s nm %s", $1, $4 } END { print "" }' "$out/match-$t.txt"
done | tee "$out/map.txt"
