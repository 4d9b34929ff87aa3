#!/bin/sh
# iDPC of GaN, 2 nm and 40 nm thick: right, and wrong. README.md tells the
# story. Usage: run.sh [FOLDER], where the results go (default: thick-and-thin).
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   THICKNESS   nm, two (2,40)       CELLS     of the box across (4,3)
#   SAMPLING    Angstrom (0.14)      PIXELS    of the pictures (100,80)
#   THREADS     0: all processors
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# in the source tree, or installed
data=$here/../../data
[ -d "$data" ] || data=$here/../../../../iphase
PATH=${IPHASE_BIN:-$PWD}:$PATH
THICKNESS=${THICKNESS:-2,40} CELLS=${CELLS:-4,3} SAMPLING=${SAMPLING:-0.14}
PIXELS=${PIXELS:-100,80}
threads=--threads=${THREADS:-0}
out=${1:-thick-and-thin}
mkdir -p "$out"

echo '1. A box of GaN, the beam along the a axis.'
# One period along the beam is 3.1893 A; enough of them for the thicker one.
periods=$(echo "${THICKNESS#*,}" | awk '{ print int($1 * 10 / 3.1893) + 1 }')
awk -v n="$CELLS,$periods" -v axes=3,2,1 -f "$here/../repeat.awk" \
	"$data/crystals/GaN_orthogonal.xyz" >"$out/gan.xyz"

echo '2. What four quadrants from 10 to 50 mrad record of it.'
iphase-simulate "$out/gan.xyz" --specimen=box --slice=3.1893 \
	--thickness="$THICKNESS" --sampling="$SAMPLING" --pixels="$PIXELS" \
	--energy=200 --semiangle=20 --inner=10 --outer=50 \
	"$threads" -o "$out/segments.ipt"

echo '3. iDPC of that, beside the potential blurred by the probe.'
iphase-idpc "$out/segments.ipt" --truth=potential_beam "$threads" \
	-o "$out/idpc.ipt" --png="$out/gan" | tee "$out/match.txt"

cat <<END

Pearson says how alike the pictures are, slope how much of the potential's
contrast iDPC found (1 is right), error what is wrong in parts of the truth.
Pictures: $out/gan-series.png, and each thickness in $out/gan-00?-panels.png
END
