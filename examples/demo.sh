#!/bin/sh
# What 'make demo' runs: strontium titanate, thin and thick, from the crystal
# to the pictures. Usage: demo.sh [FOLDER] (default: demo). The tools are
# taken from $IPHASE_BIN, or from this folder, or else from PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# in the source tree, or installed
data=$here/../data
[ -d "$data" ] || data=$here/../../../iphase
PATH=${IPHASE_BIN:-$PWD}:$PATH
out=${1:-demo}
mkdir -p "$out"

# say COMMAND...: show it, then run it
say() {
	echo "+ $*"
	"$@"
}

echo 'SrTiO3, 5 x 5 cells wide and 103 thick.'
awk -v n=5,5,103 -f "$here/repeat.awk" \
	"$data/crystals/SrTiO3.xyz" >"$out/crystal.xyz"
echo
echo 'What a four-segment detector records of it, 2, 10 and 40 nm thick:'
say iphase-simulate "$out/crystal.xyz" --specimen=box --slice=1.95265 \
	--thickness=2,10,40 --sampling=0.15 --pixels=120 \
	--energy=200 --semiangle=20 --inner=10 --outer=50 \
	-o "$out/segments.ipt"
echo
echo 'The potential by iDPC, against the true one blurred by the probe:'
say iphase-idpc "$out/segments.ipt" --truth=potential_beam \
	-o "$out/idpc.ipt" --png="$out/SrTiO3"
cat <<END

Look at these:
  $out/SrTiO3-series.png
      iDPC beside the truth, a row a thickness: right when thin; at 40 nm the
      strontium columns are faint and wide, and the scale is 80 times too small
  $out/SrTiO3-000-panels.png
      all that was measured and made of it at 2 nm; 002: at 40 nm
END
