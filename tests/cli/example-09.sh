# The ninth walk, small: strontium titanate, two frames, two epochs.
set -eu
IPHASE_BIN=$IP_BUILDDIR PLAN=tiny.plan CRYSTAL=SrTiO3 ZONE=0,0,1 MODEL=wide \
	THICKNESS=5,10 CROP=64 EPOCHS=2 THREADS=1 \
	sh "$IP_SRCDIR/examples/09-wedge/run.sh" out >log 2>&1 ||
	{ cat log; exit 1; }
[ -s out/wedge.png ] || { cat log; exit 1; }
# both frames, each with a correlation of the network before and after
tail -n 2 log | awk '
	$2 != "nm" || $3 <= 0.5 || $6 <= 0.5 || $3 > 1 || $6 > 1 { bad = 1 }
	END { exit bad || NR != 2 }' || { cat log; exit 1; }
