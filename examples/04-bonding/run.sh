#!/bin/sh
# From a CP2K input to four segment images of GaN, with and without what bonds
# change. README.md tells the story. Usage: run.sh [FOLDER] (default: bonding).
#
# Without CP2K the shipped bonding term takes the place of the first two steps.
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CP2K        the program (cp2k.psmp)
#   SETTINGS    more options of the simulation, as a test has them ()
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=${IPHASE_BIN:-$PWD}:$PATH
CP2K=${CP2K:-cp2k.psmp} SETTINGS=${SETTINGS:-}
out=${1:-bonding}
mkdir -p "$out"

echo '== The bonding term'
bonding=
if command -v "$CP2K" >/dev/null; then
	"$here/make.sh" "$out" GaN
	bonding=--bonding=$out/GaN.ipt
	iphase-info --reflections=0.8 "$out/GaN.ipt"
else
	echo "there is no $CP2K; the shipped one is used"
fi

echo '== Images'
for potential in iam dft; do
	term=
	if [ $potential = dft ]; then term=$bonding; fi
	# shellcheck disable=SC2086
	iphase-simulate --crystal=GaN --potential=$potential $term \
		--tilt=0.1,0 --thickness=5,40 --pixels=128 --fov=12.8 \
		$SETTINGS --png="$out/$potential" -o "$out/$potential.ipt"
done

echo '== What bonds change'
iphase-info "$out/dft.ipt" --against="$out/iam.ipt"
