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
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=${IPHASE_BIN:-$PWD}:$PATH
CP2K=${CP2K:-cp2k.psmp}
ATOMS='Li=3 N=5 O=6 Si=4 S=6 K=9 Ti=12 Co=17 Ga=13 Sr=10 Y=11 Nb=13 Mo=14 I=7
	Cs=9 Pb=4'
out=${1:?usage: make.sh FOLDER NAME...}
shift
mkdir -p "$out"
cp "$here"/*.inp "$here"/*.inc "$out"
cd "$out"

# calculate CUBE INPUT -E NAME=VALUE...: unless the cube is there
calculate() {
	cube=$1-v_hartree-1_0.cube input=$2
	shift 2
	[ -s "$cube" ] && return
	"$CP2K" ${CUTOFF:+-E CUTOFF="$CUTOFF"} \
		${KPOINTS:+-E KPOINTS="$KPOINTS"} "$@" "$input.inp" \
		>"${cube%-v_*}.out" 2>&1 || :
	# CP2K's own exit status says little: an end is what counts
	if ! [ -s "$cube" ] || ! grep -q 'PROGRAM ENDED' \
			"${cube%-v_*}.out"; then
		rm -f "$cube"
		echo "$input: $CP2K failed; see $out/${cube%-v_*}.out" >&2
		exit 1
	fi
}

for name in "$@"; do
	if [ "$name" = atoms ]; then
		for atom in $ATOMS; do
			calculate "${atom%=*}-q${atom#*=}" atom \
				-E ELEMENT="${atom%=*}" -E VALENCE="${atom#*=}"
		done
		iphase-bonding -q --make-table ./*-q*-v_hartree-1_0.cube -o free_atoms.ipt
		continue
	fi
	calculate "$name" "$name"
	if ! grep -q 'SCF run converged' "$name.out"; then
		echo "$name: CP2K did not converge; see $out/$name.out" >&2
		exit 1
	fi
	if [ -s free_atoms.ipt ]; then
		iphase-bonding -q "$name-v_hartree-1_0.cube" \
			--crystal="$name" --free-atoms=free_atoms.ipt \
			-o "$name.ipt"
	else
		iphase-bonding -q "$name-v_hartree-1_0.cube" \
			--crystal="$name" -o "$name.ipt"
	fi
done
