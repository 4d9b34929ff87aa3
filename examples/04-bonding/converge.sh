#!/bin/sh
# How far a bonding term is from one with other settings of CP2K.
# Usage: converge.sh FOLDER NAME 'CUTOFF KX KY KZ'...
#   NAME.inp as it is is the reference; each of the settings is compared with
#   it: the largest change of a Fourier coefficient (atoms and bonds) above 1 V
#   and below 0.8 1/Angstrom, over the coefficient, and their rms.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=${IPHASE_BIN:-$PWD}:$PATH
out=${1:?usage: converge.sh FOLDER NAME SETTING...} name=$2
shift 2
"$here/make.sh" "$out/$name" "$name"
for setting in "$@"; do
	folder=$out/$name-$(echo "$setting" | tr ' ' -)
	CUTOFF=${setting%% *} KPOINTS=${setting#* } \
		"$here/make.sh" "$folder" "$name"
	iphase-info --reflections=0.8 "$folder/$name.ipt" \
		--against="$out/$name/$name.ipt" |
		awk -v name="$name" -v setting="$setting" '/^against/ {
			sub(/.*changes by /, ""); worst = $1
			sub(/.*all by /, "")
			printf "%-13s %-12s %8.4f %8.5f\n", name, setting,
				worst, $1 }'
done
