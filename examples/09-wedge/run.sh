#!/bin/sh
# A wedge from 60 to 200 nm through a network that has not seen its crystal, and
# through the same one after it has. README.md tells the story.
# Usage: run.sh [FOLDER] (default: wedge).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   MODEL       to begin with (wide)        PLAN       what it then sees
#   CRYSTAL     (Y2SiO5)                    ZONE       (0,1,0)
#   THICKNESS   of its frames               EPOCHS     of learning (40)
#   CROP        pixels of a part (96)       THREADS    0: all processors
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
MODEL=${MODEL:-wide} PLAN=${PLAN:-y2sio5.plan} CROP=${CROP:-96} EPOCHS=${EPOCHS:-40}
CRYSTAL=${CRYSTAL:-Y2SiO5} ZONE=${ZONE:-0,1,0} THICKNESS=${THICKNESS:-60:200:10}
threads=--threads=${THREADS:-0}
out=${1:-wedge}
mkdir -p "$out"

echo '1. The wedge, frame by frame, at a tilt and a place of its own.'
iphase-simulate --crystal="$CRYSTAL" --zone="$ZONE" --euler=20,0.2,-0.15 \
	--thickness="$THICKNESS" --pixels=160 --fov=16 \
	--width=26 --sampling=0.1 "$threads" -o "$out/wedge.ipt"

echo '2. Specimens of the same crystal, turned and tilted otherwise.'
iphase-dataset run "$PLAN" "$threads" -o "$out/data"

echo '3. The network goes on learning, on them.'
iphase-train "$out/data/specimens" --init="$MODEL" --truth=zone --crop="$CROP" \
	--turns --mirrors --orthonormal --rate=0.0005 --batch=4 --micro-batch=4 \
	--average=0.99 --epochs="$EPOCHS" --resume "$threads" -o "$out/seen.ipt"

echo '4. Both, along the wedge.'
for m in unseen seen; do
	model=$MODEL
	[ $m = unseen ] || model=$out/seen.ipt
	iphase-infer --model="$model" "$out/wedge.ipt" "$threads" \
		-o "$out/$m-potential.ipt"
	iphase-evaluate --model="$model" --truth=potential_zone \
		"$out/wedge.ipt" "$threads" --csv="$out/$m.csv" >"$out/$m.txt"
done
iphase-convert "$out/unseen-potential.ipt" "$out/seen-potential.ipt" \
	--tensor=potential --table -o "$out/wedge.png"
awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; files++; next }
	{ who = $at["method"] }
	who == "network" && files == 2 { who = "seen" }
	{
		t = $at["thickness_nm"]
		if (!((t, "network") in row)) order[++n] = t
		row[t, who] = sprintf("%8.4f %6.1f %%", $at["pearson"],
			100 * $at["mae"])
	}
	END {
		print "Pearson, MAE / mean   not seen            seen           iDPC"
		for (i = 1; i <= n; i++)
			printf "%8.4g nm   %s  %s  %s\n", order[i],
				row[order[i], "network"], row[order[i], "seen"],
				row[order[i], "idpc_fitted"]
	}' "$out/unseen.csv" "$out/seen.csv"
