# The eighth walk, small: all that it promises is there, the picture is turned,
# and the network is better than a constant, in spite of noise.
set -eu
if ! IPHASE_BIN=$IP_BUILDDIR PIXELS=224 THICKNESS=20 TILE=96 THREADS=1 \
	sh "$IP_SRCDIR/examples/08-microscope/run.sh" out >log 2>&1
then
	cat log
	exit 1
fi
fail() { echo "$1"; cat log; exit 1; }
for f in scan.ipt potential.ipt scan-potential.png judged.csv \
	report/report.html; do
	[ -s "out/$f" ] || fail "no out/$f"
done
"$IP_BUILDDIR/iphase-info" out/scan.ipt >info
grep -q 'rotation  *0$' info || fail 'the detector is not where it should be'
grep -q 'segments  *float32 4 x 168 x 168 ' info || fail 'not 168 x 168 pixels'
# the stack and the simulation itself went through the same steps
for f in scan truth; do
	"$IP_BUILDDIR/iphase-convert" -q "out/$f.ipt" --tensor=segments \
		-o "$f.npy" >>log 2>&1
done
cmp scan.npy truth.npy || fail 'the stack is not as the simulation'
awk '/^network  / { n++; if (!($4 > 0.75)) bad = 1 }
	END { exit bad || n != 1 }' out/judged.txt || fail 'Pearson is low'
