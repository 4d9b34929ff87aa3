#!/bin/sh
# What 'make demo' runs: four images of a thick crystal in, its potential out.
# Usage: demo.sh [FOLDER] (default: demo). The tools are taken from $IPHASE_BIN,
# or from this folder, or else from PATH.
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

echo 'Four images of GaN, 80 nm thick and 0.29 degree off its axis, and the'
echo 'potential that they come from. What the shipped network makes of them:'
say iphase-infer "$data/samples/GaN.ipt" -o "$out/potential.ipt" \
	--png="$out/GaN"
echo
echo 'The classical answer to the same images:'
say iphase-idpc "$data/samples/GaN.ipt" -o "$out/idpc.ipt" \
	--truth=potential_zone --png="$out/GaN-idpc"
echo
echo 'Both against the truth:'
say iphase-evaluate "$data/samples/GaN.ipt" --model=wide
say iphase-report -q --example="$data/samples/GaN.ipt" --model=wide \
	-o "$out/report"
cat <<END

Look at these:
  $out/report/d-1.png
      the images, the truth, and what the network, iDPC and OBF make of them
  $out/GaN-potential.png
      the network's potential beside the truth, larger
  $out/GaN-idpc-panels.png
      all that iphase-idpc finds
END
