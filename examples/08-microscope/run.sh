#!/bin/sh
# From four images in counts to the potential: load, calibrate, infer, judge,
# report. README.md tells the story. Usage: run.sh [FOLDER (microscope)
# [OPTION...]], options of iphase-prepare that take the place of those below.
#
# From the environment:
#   IPHASE_BIN  where the tools are (default: this folder, else PATH)
#   CRYSTAL     (KNbO3)              THICKNESS nm (40)
#   PIXELS      of the scan (1024)   STEP      of the scan, Angstrom (0.1)
#   TURN        of the scan, degree (25)
#   DOSE        electrons a square Angstrom (1e4)
#   TILE        of the inference, pixels (256)
#   THREADS     0: all processors
set -eu
PATH=${IPHASE_BIN:-$PWD}:$PATH
CRYSTAL=${CRYSTAL:-KNbO3} THICKNESS=${THICKNESS:-40} PIXELS=${PIXELS:-1024}
STEP=${STEP:-0.1} TURN=${TURN:-25} DOSE=${DOSE:-1e4} TILE=${TILE:-256}
threads=--threads=${THREADS:-0}
out=${1:-microscope}
[ $# = 0 ] || shift
mkdir -p "$out"
# of awk, which knows 1e4
number() { awk "BEGIN { printf \"%.10g\", $1 }"; }

echo '1. A microscope: four images in counts, and little else in their file.'
iphase-simulate -q --crystal="$CRYSTAL" --thickness="$THICKNESS" \
	--euler="-$TURN,0.1,-0.15" --rotation="-$TURN" \
	--fov="$(number "$PIXELS * $STEP")" --pixels="$PIXELS" --sampling=0.1 \
	--source-fwhm=0.7 --dose="$DOSE" "$threads" -o "$out/simulated.ipt"
iphase-convert -q "$out/simulated.ipt" --tensor=segments -o "$out/scan.mrc"

echo '2. What its operator knows, and what the model wants.'
# all of the beam, counts a pixel: current times dwell time
beam=$(number "$DOSE * $STEP * $STEP")
prepare() {
	iphase-prepare -v --rotation=0 --scan-rotation="$TURN" \
		--reference="$beam" --energy=200 --semiangle=20 --inner=10 \
		--outer=50 --model=wide "$threads" "$@"
}
prepare "$out/scan.mrc" --thickness="$THICKNESS" --euler="-$TURN,0.1,-0.15" \
	-o "$out/scan.ipt" "$@"

echo '3. The potential, tile by tile; and how far it explains what was measured.'
iphase-infer "$out/scan.ipt" --tile="$TILE" --check "$threads" \
	-o "$out/potential.ipt" --png="$out/scan"

echo '4. And was it? Only a simulation knows: the same steps with its truth.'
prepare "$out/simulated.ipt" -o "$out/truth.ipt" "$@"
iphase-infer -q "$out/truth.ipt" --tile="$TILE" "$threads" \
	-o "$out/judged.ipt"
iphase-evaluate "$out/judged.ipt" "$threads" --csv="$out/judged.csv" \
	>"$out/judged.txt"
cat "$out/judged.txt"

echo '5. A page of it.'
iphase-report "$out/judged.csv" --example="$out/truth.ipt" --model=wide \
	"$threads" -o "$out/report"
