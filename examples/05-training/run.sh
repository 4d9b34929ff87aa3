#!/bin/sh
# A small network learns eight pictures by heart. README.md tells the story.
# Usage: run.sh [FOLDER] (default: training).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CRYSTALS    (SrTiO3 GaN)         THICKNESS  nm (5,10,20,30)
#   PIXELS      of a picture (64)    FEATURES   of the network (12)
#   EPOCHS      (150)                THREADS    0: all processors
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
CRYSTALS=${CRYSTALS:-SrTiO3 GaN} THICKNESS=${THICKNESS:-5,10,20,30}
PIXELS=${PIXELS:-64} FEATURES=${FEATURES:-12} EPOCHS=${EPOCHS:-150}
threads=--threads=${THREADS:-0}
out=${1:-training}
mkdir -p "$out"

echo '1. Four quadrants and the potential, a picture a thickness.'
set --
for c in $CRYSTALS; do
	iphase-simulate --crystal="$c" --thickness="$THICKNESS" --fov=12.8 \
		--pixels="$PIXELS" --sampling=0.1 "$threads" -q \
		-o "$out/$c.ipt"
	set -- "$@" "$out/$c.ipt"
done

echo '2. A network learns them.'
iphase-train "$@" --feature-size="$FEATURES" --scale=3000 --rate=3e-3 \
	--warmup=10 --batch=4 --micro-batch=4 --epochs="$EPOCHS" \
	--loss=1,0.3,0.3 --orthonormal --samples="1,$EPOCHS" "$threads" -q \
	-o "$out/model.ipt"

echo '3. What it makes of the same pictures:'
iphase-evaluate --model="$out/model.ipt" "$@" "$threads" -q \
	>"$out/figures.txt"
awk '/^[^ ]*, picture/ { what = $4 " " $5 " " $6 ":" }
	what && /^network  / { print what " MAE / mean " $3 ", Pearson " $4 }
	what && /^network, blind/ {
		print "  segments dark: " $4 ", " $5
		what = ""
	}' \
	"$out/figures.txt" | tee "$out/table.txt"
