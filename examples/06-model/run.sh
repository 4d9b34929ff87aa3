#!/bin/sh
# From nothing to a model: simulate, train, judge, report. README.md tells the
# story and the times. Usage: run.sh [FOLDER] (default: model).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   PLAN        of the pictures (five.plan), a share of which is for judging
#   MORE        of others to learn from (wide.plan); empty: none
#   FEATURES    of the network (12)           CROP      pixels of a part (96)
#   EPOCHS      (40)                          SAMPLES   of them to look at
#   THREADS     0: all processors
# It goes on where it was stopped.
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
PLAN=${PLAN:-five.plan} MORE=${MORE-wide.plan} FEATURES=${FEATURES:-12} CROP=${CROP:-96}
EPOCHS=${EPOCHS:-40} SAMPLES=${SAMPLES:-1,20,40}
threads=--threads=${THREADS:-0}
out=${1:-model}
mkdir -p "$out"

echo '1. The pictures, and which of them are for what.'
iphase-dataset run "$PLAN" "$threads" -o "$out/data"
iphase-dataset split "$out/data"
set -- "$out/data/learn"
if [ "$MORE" ]; then
	iphase-dataset run "$MORE" "$threads" -o "$out/more"
	set -- "$@" "$out/more/specimens"
fi

echo '2. A network learns.'
iphase-train "$@" --validate="$out/data/check" \
	--architecture=modulated --truth=zone --feature-size="$FEATURES" \
	--crop="$CROP" --turns --mirrors --ramps=0.5 --empty=0.02 \
	--dose=3000,1e8 --orthonormal --rate=0.001 --batch=4 --micro-batch=4 \
	--average=0.999 --epochs="$EPOCHS" --samples="$SAMPLES" --resume \
	"$threads" -o "$out/model.ipt"

echo '3. What it makes of specimens that it has not seen, for both potentials.'
for truth in zone beam; do
	iphase-evaluate --model="$out/model.ipt" "$out/data/test"/*.ipt \
		--truth=potential_$truth --controls "$threads" \
		--csv="$out/$truth.csv" >"$out/$truth.txt"
done
cat "$out/zone.txt"

echo '4. One page of it.'
set --
for f in "$out"/model-epoch*-0.png; do
	set -- "$@" --samples="$f"
done
for f in "$out/data/test"/*.ipt; do	# the first will do
	set -- "$@" --example="$f"
	break
done
iphase-report "$out/zone.csv" "$out/beam.csv" --log="$out/model.csv" "$@" \
	--model="$out/model.ipt" "$threads" -o "$out/report"
