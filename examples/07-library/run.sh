#!/bin/sh
# A program of one's own, with the library. README.md tells the story.
# Usage: run.sh [FOLDER] (default: library).
#
# From the environment:
#   IPHASE_BIN  where iphase was built (default: this folder, else what
#               pkg-config and PATH find)
#   CC, CFLAGS  the compiler (cc) and its options ()
#   MODEL       a trained network (one of tests/golden, which is not)
#   CRYSTAL     (SrTiO3)             THICKNESS  nm (5,10,20)
#   PIXELS      of a picture (64)    THREADS    of the simulation; 0: all (0)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${IPHASE_BIN:-$PWD}
PATH=$bin:$PATH
MODEL=${MODEL:-$here/../../tests/golden/model_weights.npz}
out=${1:-library}
mkdir -p "$out"

echo '1. A program is compiled.'
# flags OPTION...: of pkg-config, for what is installed or lies in $bin
flags() {
	if [ -f "$bin/iphase.pc" ]; then
		PKG_CONFIG_PATH=$bin pkg-config --define-variable=libdir="$bin" \
			--define-variable=includedir="$here/../../include" \
			"$@" iphase
	else
		pkg-config "$@" iphase
	fi
}
# shellcheck disable=SC2046,SC2086
${CC:-cc} -std=c99 ${CFLAGS:-} -o "$out/pearson" "$here/pearson.c" \
	$(flags --cflags --libs)

echo '2. Four quadrants and the potential, a picture a thickness.'
iphase-simulate --crystal="${CRYSTAL:-SrTiO3}" --fov=12.8 --sampling=0.1 \
	--thickness="${THICKNESS:-5,10,20}" --pixels="${PIXELS:-64}" \
	--threads="${THREADS:-0}" -q -o "$out/pictures.ipt"

echo '3. What the network makes of them:'
LD_LIBRARY_PATH=$(flags --variable=libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
"$out/pearson" "$MODEL" "$out/pictures.ipt"
