#!/bin/sh
# Bonding terms from first principles: CP2K for each crystal named, then
# iphase-bonding. README.md tells what and why.
# Usage: make.sh FOLDER NAME...
#   NAME.inp beside this script is CP2K's input; FOLDER/NAME.ipt is made. atoms
#   makes the table of free atoms first, FOLDER/free_atoms.ipt, which is then
#   used for the crystals instead of the one that is shipped.
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CP2K        the program (cp2k.psmp)
#   CUTOFF      Ry, for another grid than the inputs'; KPOINTS likewise
#   BASIS       of the crystals (DZVP-MOLOPT-SR-GTH)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=${IPHASE_BIN:-$PWD}:$PATH
CP2K=${CP2K:-cp2k.psmp} BASIS=${BASIS:-DZVP-MOLOPT-SR-GTH}
ATOMS='Li=3 B=3 N=5 O=6 Si=4 S=6 K=9 Ti=12 Co=17 Ga=13 Sr=10 Y=11 Nb=13 Mo=14 I=7
	Cs=9 Pb=4'
out=${1:?usage: make.sh FOLDER NAME...}
shift
mkdir -p "$out"
# in the inputs: CUTOFF ${CUTOFF-300}, @SET K ${KPOINTS-4 4 3}
cutoff=${CUTOFF:-$(awk -F'[-}]' '/ CUTOFF / { print $2 }' "$here/run.inc")}
cp "$here"/*.inp "$here"/*.inc "$out"
cd "$out"

# calculate CUBE INPUT -E NAME=VALUE...: unless the cube is there
calculate() {
	cube=$1-v_hartree-1_0.cube input=$2
	shift 2
	[ -s "$cube" ] && return
	"$CP2K" ${CUTOFF:+-E CUTOFF="$CUTOFF"} \
		${KPOINTS:+-E KPOINTS="$KPOINTS"} -E BASIS="$BASIS" \
		"$@" "$input.inp" \
		>"${cube%-v_*}.out" 2>&1 || :
	# CP2K's own exit status says little: an end is what counts
	if ! [ -s "$cube" ] || ! grep -q 'PROGRAM ENDED' \
			"${cube%-v_*}.out"; then
		rm -f "$cube"
		echo "$input: $CP2K failed; see $out/${cube%-v_*}.out" >&2
		exit 1
	fi
}

# of INPUT.out, for the output
version() {
	sed -n 's/.*version string: *//p' "$1" | head -n 1
}

atoms() {
	for atom in $ATOMS; do
		calculate "${atom%=*}-q${atom#*=}" atom \
			-E ELEMENT="${atom%=*}" -E VALENCE="${atom#*=}"
	done
	iphase-bonding -q --make-table ./*-q*-v_hartree-1_0.cube --source="$(
		version Ga-q13.out), PBE, GTH-PBE, even-tempered basis, $(
		)$cutoff Ry" -o free_atoms.ipt
}

crystal() {
	calculate "$1" "$1"
	if ! grep -q 'SCF run converged' "$1.out"; then
		echo "$1: CP2K did not converge; see $out/$1.out" >&2
		exit 1
	fi
	kpoints=${KPOINTS:-$(awk -F'[-}]' '/^@SET K / { print $2 }' "$1.inp")}
	set -- "$1" --source="$(version "$1.out"), PBE, GTH-PBE, $(
		)$BASIS, $cutoff Ry, k points $kpoints"
	if [ -s free_atoms.ipt ]; then set -- "$@" --free-atoms=free_atoms.ipt; fi
	name=$1
	shift
	# of hBN there is only the input
	if [ "$name" != hBN ]; then set -- "$@" --crystal="$name"; fi
	iphase-bonding -q "$name-v_hartree-1_0.cube" "$@" -o "$name.ipt"
}

for name in "$@"; do
	case $name in
	atoms) atoms ;;
	*) crystal "$name" ;;
	esac
done
