#!/bin/sh
# How far the two signs of trust that need no truth can be trusted themselves.
# README.md tells the story. Usage: run.sh [FOLDER] (default: trust).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   MODEL       (wide)       PLAN     of the pictures (trust.plan)
#   BINS        edges of thickness, nm (5,20,50,100,150)
#   THREADS     0: all processors
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
MODEL=${MODEL:-wide} PLAN=${PLAN:-trust.plan} BINS=${BINS:-5,20,50,100,150}
threads=--threads=${THREADS:-0}
out=${1:-trust}
mkdir -p "$out"

echo '1. Pictures that the network has not learned from, with their truth.'
iphase-dataset run "$PLAN" "$threads" -o "$out/data"

echo '2. Its answers: how wrong they are, and what tells so without the truth.'
iphase-evaluate --model="$MODEL" --truth=potential_zone --trust --bins="$BINS" \
	"$threads" --csv="$out/trust.csv" "$out"/data/specimens/*.ipt \
	>"$out/trust.txt"
iphase-report "$out/trust.csv" "$threads" -o "$out/report"
sed -n '/signs of trust/,$p' "$out/trust.txt"
