#!/bin/sh
# What a converged simulation of thick crystals takes, and what a box, coarse
# slices and coarse pixels cost, as a table. README.md tells the story.
# Usage: run.sh [FOLDER] (default: how-wide).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CRYSTALS    (GaN KNbO3_cubic LiCoO2 MoS2 CsPbI3_cubic)
#   SERIES      thicknesses that are timed, nm (20:150:10); empty: none
#   DEPTHS      where errors are told, nm (20 60 120); empty: none
#   NARROW      Angstrom, where pixels and slices are compared (26)
#   THREADS     of all but the timed runs, which have one; 0: all (0)
#   FINE        more options of all runs ()
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
CRYSTALS=${CRYSTALS:-GaN KNbO3_cubic LiCoO2 MoS2 CsPbI3_cubic}
SERIES=${SERIES-20:150:10} DEPTHS=${DEPTHS-20 60 120}
NARROW=${NARROW:-26} THREADS=${THREADS:-0} FINE=${FINE:-}
out=${1:-how-wide}
mkdir -p "$out"

# simulate CRYSTAL OPTION...: a mis-tilt as a microscopist has it; silently
simulate() {
	crystal=$1
	shift
	# shellcheck disable=SC2086
	iphase-simulate --crystal="$crystal" --tilt=0.3,-0.2 --pixels=64 \
		--threads="$THREADS" $FINE -q "$@" 2>>"$out/log"
}
# seconds: user and system time of the programs that this shell has run, from
# the second line of `times`, as in 0m1.5s 0m0.2s (a subshell would have none)
seconds() {
	times >"$out/times"
	awk -F'[ms ]+' 'NR == 2 { print 60 * $1 + $2 + 60 * $3 + $4 }' \
		"$out/times" >"$out/seconds"
}
# apart FILE FILE: the largest difference of the segments at each thickness
apart() {
	iphase-info "$1" --against="$2" | awk '
		$1 == "segments" { one = $3; inside = 1; next }
		$1 != "thickness" { inside = 0 }
		inside { n++; all = all " " $4 }
		END { gsub(",", "", all); gsub(",", "", one)
			print n ? all : one }'
}
# attribute NAME FILE
attribute() {
	iphase-info --headers "$2" | awk -v k="$1" '$1 == k {
		$1 = ""; print substr($0, 2); exit }'
}

# timed CRYSTAL: all thicknesses in one pass, on one thread
timed() {
	seconds
	from=$(cat "$out/seconds")
	simulate "$1" --thickness="$SERIES" --threads=1 -o "$out/$1-series.ipt"
	seconds
	to=$(cat "$out/seconds")
	awk -v a="$from" -v b="$to" -v s="$SERIES" \
		-v w="$(attribute width "$out/$1-series.ipt")" 'BEGIN {
		printf "  %s nm, width %.1f A: %.1f s of CPU\n", s, w, b - a }'
}
# errors CRYSTAL: at whole periods, which every slice thickness reaches
errors() {
	simulate "$1" --thickness=1 --width=5 -o "$out/$1-cell.ipt"
	depths=$(attribute period "$out/$1-cell.ipt" | awk -v t="$DEPTHS" '{
		n = split(t, d, " ")
		for (i = 1; i <= n; i++)
			printf "%s%.8g", (i > 1 ? "," : ""),
				$1 * int(10 * d[i] / $1 + 0.5) / 10 }')
	echo "  depth, nm:                 $(echo "$depths" | tr , ' ')"
	simulate "$1" --thickness="$depths" --check-width -o "$out/$1.ipt"
	echo "  twice the width:           $(attribute width_change "$out/$1.ipt")"
	simulate "$1" --thickness="$depths" --width=25.6 --edges=whole \
		-o "$out/$1-box.ipt"
	echo "  a box of 25.6 A:           $(apart "$out/$1-box.ipt" "$out/$1.ipt")"
	# what follows hardly depends on the width
	for how in --sampling=0.06 --sampling=0.1 --slice=1 --slice=2 --slice=3
	do
		simulate "$1" --thickness="$depths" --width="$NARROW" "$how" \
			-o "$out/$1$how.ipt"
	done
	echo "  pixels of 0.1 A:           $(apart "$out/$1--sampling=0.1.ipt" \
		"$out/$1--sampling=0.06.ipt")"
	echo "  slices of 3 A against 1 A: $(apart "$out/$1--slice=3.ipt" \
		"$out/$1--slice=1.ipt")"
	echo "  slices of 2 A against 1 A: $(apart "$out/$1--slice=2.ipt" \
		"$out/$1--slice=1.ipt")"
}

for c in $CRYSTALS; do
	echo "$c"
	[ -z "$SERIES" ] || timed "$c"
	[ -z "$DEPTHS" ] || errors "$c"
done
