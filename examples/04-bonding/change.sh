#!/bin/sh
# What bonding changes in images, as a table: the largest and the root-mean-
# square difference of the segments with and without the bonding term, on the
# repeat cell and on a supercell with frozen phonons.
# Usage: change.sh [FOLDER] (default: change).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CRYSTALS    (GaN KNbO3 LiCoO2 MoS2 CsPbI3)
#   DEPTHS      two thicknesses, nm (5 40)
#   SUPER       options of the supercells (narrow, so that they take minutes)
#   FINE        more options of all runs ()
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
CRYSTALS=${CRYSTALS:-GaN KNbO3 LiCoO2 MoS2 CsPbI3}
DEPTHS=${DEPTHS:-5 40} FINE=${FINE:-}
SUPER=${SUPER:---width=16 --sampling=0.12 --fov=16 --phonons=1}
out=${1:-change}
mkdir -p "$out"

# pair NAME OPTION...: with and without the term; what differs, at each depth
pair() {
	name=$1
	shift
	for potential in iam dft; do
		# shellcheck disable=SC2086
		iphase-simulate -q --crystal="$crystal" --pixels=64 \
			--potential=$potential --thickness="${DEPTHS% *},${DEPTHS#* }" \
			$FINE "$@" -o "$out/$crystal-$name-$potential.ipt"
	done
	iphase-info "$out/$crystal-$name-dft.ipt" \
		--against="$out/$crystal-$name-iam.ipt" >"$out/$name.txt"
	awk '$1 == "segments" { inside = 1; next }
		inside && $1 == "thickness" { printf " %8.4f %8.4f", $4, $6; next }
		{ inside = 0 }' "$out/$name.txt"
}

printf 'largest and rms change of a segment, fractions of the beam\n'
printf '%-13s %-35s  %s\n' '' 'repeat cell' 'supercell, frozen phonons'
printf '%-13s' crystal
for _ in repeat super; do
	for depth in $DEPTHS; do printf '  %15s' "$depth nm"; done
	printf ' '
done
echo
for crystal in $CRYSTALS; do
	printf '%-13s' "$crystal"
	pair repeat
	printf ' '
	# shellcheck disable=SC2086
	pair super $SUPER
	echo
done
